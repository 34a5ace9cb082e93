# Brings helm, compose-spec, promtool and what a Docker engine takes, as far as they are missing: built with Go, or of Debian's packages.
# To be sourced: what is not installed for the whole machine goes below node_modules/.cache and onto the PATH.
tools="$PWD/node_modules/.cache/tools"
mkdir -p "$tools"
export PATH="$PATH:$tools"

lacks() { ! command -v "$1" >/dev/null; }

# Name of the program, its Go package.
build() {
  GOBIN="$tools/go-$1" go install "$2" && ln -sf "go-$1/$(basename "${2%@*}")" "$tools/$1"
}
if ! lacks go; then
  lacks helm && build helm helm.sh/helm/v3/cmd/helm@v3.22.0
  lacks compose-spec && build compose-spec github.com/compose-spec/compose-go/v2/cmd@v2.16.2
fi

if [ "$(id -u)" = 0 ] && ! lacks apt-get; then
  packages=()
  lacks mmdebstrap && packages+=(mmdebstrap)
  lacks dockerd && ! docker version >/dev/null 2>&1 && packages+=(docker.io)
  if [ ${#packages[@]} -gt 0 ] || lacks promtool; then apt-get update -qq; fi
  if [ ${#packages[@]} -gt 0 ]; then
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${packages[@]}" >/dev/null
  fi
  # Unpacked only: installed, the package would start a server.
  if lacks promtool; then
    (cd "$tools" && apt-get download -qq prometheus && dpkg-deb -x prometheus_*.deb prometheus && rm prometheus_*.deb)
    ln -sf prometheus/usr/bin/promtool "$tools/promtool"
  fi
fi
