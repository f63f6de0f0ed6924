#!/bin/sh
# Checks manifests: findings as annotations, and as SARIF for code scanning. Ends as lint does.
set -eu
sarif=$RUNNER_TEMP/cloud-images/lint.sarif
PATH=$RUNNER_TEMP/cloud-images/bin:$PATH
# shellcheck disable=SC2086 # paths by spaces
cloud-images lint --allow-empty --format sarif $CLOUD_IMAGES_LINT >"$sarif" || [ $? -eq 1 ]
printf 'sarif=%s\n' "$sarif" >>"$GITHUB_OUTPUT"
# shellcheck disable=SC2086
cloud-images lint --allow-empty --format github $CLOUD_IMAGES_LINT
