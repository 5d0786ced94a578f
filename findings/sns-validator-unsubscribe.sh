#!/usr/bin/env bash
# npm sns-validator 0.3.5: a genuine UnsubscribeConfirmation does not verify.
#
# One would expect: AWS signs SubscriptionConfirmation and UnsubscribeConfirmation alike (Message, MessageId,
#   SubscribeURL, Timestamp, Token, TopicArn, Type: "Verifying the signatures of Amazon SNS messages"), so the
#   package that AWS publishes for Node.js verifies both.
# What happens: it takes the Token into what it verifies for SubscriptionConfirmation alone. The same document
#   as UnsubscribeConfirmation, signed by the documented rule, is "The message signature is invalid."
# Why it matters: a receiver built on it refuses the message by which an endpoint learns that a person ended its
#   subscription. Verify that kind by the documented fields.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --ignore-scripts sns-validator@0.3.5

openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 2 \
  -subj /CN=sns.us-east-1.amazonaws.com 2> openssl.log

cat > try.js <<'JS'
const crypto = require("crypto");
const fs = require("fs");
const https = require("https");
const { Readable } = require("stream");
const Validator = require("sns-validator");

// The certificate is handed over without a network.
https.get = (_url, answer) => {
  const response = Readable.from([fs.readFileSync("certificate.pem")]);
  response.statusCode = 200;
  answer(response);
  return { on() {} };
};

const FIELDS = ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];

for (const Type of ["SubscriptionConfirmation", "UnsubscribeConfirmation"]) {
  const message = {
    Type,
    MessageId: "1",
    Token: "2",
    TopicArn: "arn:aws:sns:us-east-1:123456789012:topic",
    Message: "visit the SubscribeURL",
    SubscribeURL: "https://sns.us-east-1.amazonaws.com/?Action=ConfirmSubscription",
    Timestamp: "2026-01-01T00:00:00.000Z",
    SignatureVersion: "2",
    SigningCertURL: "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0.pem",
  };
  const text = FIELDS.map((name) => `${name}\n${message[name]}\n`).join("");
  message.Signature = crypto.createSign("RSA-SHA256").update(text).sign(fs.readFileSync("key.pem"), "base64");
  new Validator().validate(message, (error) => console.log(Type, error ? error.message : "verified"));
}
JS

node try.js | sort | tee output
diff - output <<'EXPECTED'
SubscriptionConfirmation verified
UnsubscribeConfirmation The message signature is invalid.
EXPECTED
