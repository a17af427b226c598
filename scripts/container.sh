#!/bin/sh
# The container's processes by name. `exec` hands them the container's signals, so that they can drain.
set -eu
# As in scripts/node-process.ts.
node_args=--max-semi-space-size=2
case "${1:-api}" in
  api) exec node $node_args api/main.ts ;;
  worker) exec node $node_args temporal/worker-main.ts ;;
  migrate) exec node scripts/prepare.ts ;;
  verify-audit) exec node scripts/verify-audit.ts ;;
  *) exec "$@" ;;
esac
