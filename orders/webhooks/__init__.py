"""Webhooks: a customer's own HTTP endpoint receives every change of their orders, by SNS.

::

    register --> PENDING      an id and a secret; nothing is sent anywhere
    verify   --> CONFIRMING   the endpoint answered our challenge, which takes the secret; SNS is subscribed
             --> ACTIVE       it confirmed the subscription to SNS as well
                 DISABLED     its subscription is gone: it unsubscribed itself
    remove   --> nothing is left

Topics are sharded: SNS takes 200 filter policies a topic. A customer's endpoints share one topic, the one
that the first of them was given by a stable hash, so each change is published once.
"""
