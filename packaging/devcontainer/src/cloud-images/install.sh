#!/bin/sh
# Installs the command line for all users. Node comes from the image, or from the feature `node`.
set -eu
if ! command -v npm >/dev/null; then
  echo 'Cloud Images needs Node 20.19 or newer with npm: add "ghcr.io/devcontainers/features/node:1" to the features.' >&2
  exit 1
fi
npm install --global --no-audit --no-fund "${PACKAGE:-cloud-images@0.2.0}"
cloud-images --version
node -e 'process.exit(require("node:module").isBuiltin("node:sqlite") ? 0 : 1)' ||
  echo 'This Node runs all but the emulator, which needs 22.13 or newer.' >&2
