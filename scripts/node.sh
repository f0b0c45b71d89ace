#!/bin/sh
# The project's Node as a server runs on it. The heap grows by a third of what lives in it at a time and young objects get 16 MiB,
# not what a machine with much memory would allow; code without its types is kept from start to start.
export NODE_COMPILE_CACHE="${NODE_COMPILE_CACHE:-node_modules/.cache/node}"
exec "$(node -p process.execPath)" $(cat "$(dirname "$0")/node-flags") "$@"
