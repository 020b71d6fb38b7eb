#!/bin/sh
# Installs what the node suite needs on Debian or Ubuntu: a container runtime, a registry, and tools to make an image. As often as
# one likes; root only. Starts no service.
set -eu
programs='containerd runc ctr docker-registry htpasswd skopeo umoci busybox unshare'
packages='containerd runc docker-registry apache2-utils skopeo umoci busybox-static util-linux'

missing=''
for program in $programs; do
  command -v "$program" >/dev/null || missing="$missing $program"
done
if [ -z "$missing" ]; then
  echo 'The node suite has all its programs'
  exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "Cannot install$missing: that takes root and apt-get; the node suite will be skipped" >&2
  exit 1
fi
echo "Installing$missing"
# Packages must not start a registry or a runtime of their own.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  printf '#!/bin/sh\nexit 101\n' >$policy
  chmod +x $policy
  trap 'rm -f $policy' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086 # a list
apt-get install -y -qq --no-install-recommends $packages >/dev/null
