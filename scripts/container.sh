#!/bin/sh
# The container's processes by name. `exec` hands them the container's signals, so that they can drain.
set -eu
case "${1:-api}" in
  api) exec node api/main.ts ;;
  worker) exec node temporal/worker-main.ts ;;
  migrate) exec node scripts/prepare.ts ;;
  verify-audit) exec node scripts/verify-audit.ts ;;
  *) exec "$@" ;;
esac
