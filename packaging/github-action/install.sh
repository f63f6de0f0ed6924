#!/bin/sh
# Installs the command line, and a Node for the emulator where this one is too old, below RUNNER_TEMP; puts it on the PATH.
set -eu
folder=$RUNNER_TEMP/cloud-images
mkdir -p "$folder"
package=${CLOUD_IMAGES_PACKAGE:-}
if [ -z "$package" ]; then
  # What this reference of the action holds.
  root=$(cd "$(dirname "$0")/../.." && pwd)
  (cd "$root" && npm ci --no-audit --no-fund && npm run --silent package:npm)
  package=$(ls "$root"/dist/cloud-images-*.tgz)
fi
node=$(node -p 'require("node:module").isBuiltin("node:sqlite") ? "" : "node@24"')
# shellcheck disable=SC2086 # where it is empty there is no word
npm install --prefix "$folder" --no-audit --no-fund "$package" $node
# A folder of its own, so that the steps that follow keep their node.
mkdir -p "$folder/bin"
printf '#!/bin/sh\nexec node "%s/node_modules/cloud-images/dist/cli.js" "$@"\n' "$folder" >"$folder/bin/cloud-images"
chmod +x "$folder/bin/cloud-images"
printf '%s\n' "$folder/bin" >>"$GITHUB_PATH"
