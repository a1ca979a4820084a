#!/bin/sh
# Makes the secrets that compose.yaml mounts, once: what is there stays. The containers run as other users than you:
# the files are readable for all, the folder for you alone.
set -eu
cd "$(dirname "$0")/.."
mkdir -p secrets
chmod 700 secrets
for name in ocs_ingest_tokens ocs_read_token grafana_admin_password postgres_password; do
  [ -s "secrets/$name" ] && continue
  openssl rand -hex 24 >"secrets/$name"
  chmod 644 "secrets/$name"
  echo "made secrets/$name"
done
