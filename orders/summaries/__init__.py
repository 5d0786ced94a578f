"""A read model: what each customer has ordered and spent, projected from order events alone.

It is built twice: by every event as it comes, and by a replay of the archive, into a *generation* of its
own, which is read only once it is complete. Events may come twice, late and in any order.
"""
