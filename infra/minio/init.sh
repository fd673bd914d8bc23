#!/bin/sh
# Makes the bucket, and a user who may use it and nothing else; may run again and again.
set -eu
mc alias set --quiet store http://minio:9000 "$MINIO_ROOT_USER" "$MINIO_ROOT_PASSWORD"
mc mb --ignore-existing "store/$S3_BUCKET"
cat >/tmp/policy.json <<POLICY
{"Version": "2012-10-17", "Statement": [
  {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketLocation"],
   "Resource": ["arn:aws:s3:::$S3_BUCKET"]},
  {"Effect": "Allow",
   "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject",
              "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
   "Resource": ["arn:aws:s3:::$S3_BUCKET/*"]}]}
POLICY
mc admin policy create store "$S3_BUCKET" /tmp/policy.json
mc admin user add store "$S3_ACCESS_KEY" "$S3_SECRET_KEY"
# Attaching what is attached already counts as an error, and the text is not for programs.
mc admin user info store "$S3_ACCESS_KEY" | grep -q "$S3_BUCKET" ||
    mc admin policy attach store "$S3_BUCKET" --user "$S3_ACCESS_KEY"
