#!/bin/sh
# Builds the image where no registry is reachable: the base is made of Debian's packages and the Node of `npm ci`.
#   packaging/container/build.sh ARCHIVE [FOLDER]   as root, with buildah and debootstrap
# ARCHIVE is what `podman load` and `docker load` read. FOLDER (default: a new one, removed at the end) keeps buildah's storage.
set -eu
archive=$(realpath -m "$1")
cd "$(dirname "$0")/../.."
folder=${2:-$(mktemp -d)}
[ $# -ge 2 ] || trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder"
root=$folder/root
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
ls dist/cloud-images-*.tgz >/dev/null || { echo 'Run npm run package:npm first.' >&2; exit 1; }

if [ ! -e "$root" ]; then
  making=$root.making
  rm -rf "$making"
  debootstrap --variant=minbase --cache-dir="$folder" bookworm "$making" "$mirror"
  # As Debian's slim images: no packages, lists, documentation, translations and logs.
  (
    cd "$making"
    rm -rf var/lib/apt/lists/* var/log/* var/cache/apt/* var/cache/debconf/*-old usr/share/doc/* usr/share/man/* usr/share/info/* \
      usr/share/locale/* usr/share/lintian
  )
  install -m 0755 node_modules/node/bin/node "$making/usr/local/bin/node"
  mv "$making" "$root"
fi

# Layers stand as plain folders, and commands run under chroot, so that it works inside a container too.
buildah() {
  command buildah --root "$folder/storage" --runroot "$folder/run" --storage-driver vfs "$@"
}
base=$(buildah from scratch)
buildah add --quiet "$base" "$root" / >/dev/null
buildah commit --quiet --rm "$base" localhost/cloud-images-base >/dev/null
buildah build --quiet --isolation chroot --format docker --build-arg BASE=localhost/cloud-images-base \
  -f packaging/container/Containerfile -t localhost/cloud-images . >/dev/null
rm -f "$archive"
buildah push --quiet localhost/cloud-images "docker-archive:$archive:localhost/cloud-images:latest"
