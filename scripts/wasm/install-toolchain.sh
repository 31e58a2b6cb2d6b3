#!/bin/sh
# Installs what is missing to build the crate: wasm-pack, wasm-bindgen's command, and a Rust compiler with a standard
# library for wasm32. For Debian, as root; safe to repeat. Cold it takes about eight minutes on two cores.
#
# Where rustup can download, `rustup target add wasm32-unknown-unknown` does the same as all that is said of Debian here.
#
# usage: install-toolchain.sh WASM_PACK_VERSION WASM_BINDGEN_VERSION
set -eu
wasm_pack=$1
wasm_bindgen=$2
target=wasm32-unknown-unknown
PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"

export DEBIAN_FRONTEND=noninteractive
install() {
	apt-get update -q
	apt-get install -y -q --no-install-recommends "$@"
}
dpkg-query --show rustc-web cargo-web rust-web-src >/dev/null 2>&1 || install rustc-web cargo-web rust-web-src
llvm=$(/usr/bin/rustc --version --verbose | sed -n 's/^LLVM version: \([0-9]*\).*/\1/p')
command -v "wasm-ld-$llvm" >/dev/null || install "lld-$llvm"

has() {
	[ "$("$1" --version 2>/dev/null)" = "$1 $2" ]
}
has wasm-pack "$wasm_pack" || cargo install wasm-pack --version "$wasm_pack" --locked
# Must be the version of the library in Cargo.lock: they speak a format of their own.
has wasm-bindgen "$wasm_bindgen" || cargo install wasm-bindgen-cli --version "$wasm_bindgen" --locked

# Debian's compiler from here on: the standard library is built from sources of the very same version.
PATH="/usr/bin:$PATH"
root=$(rustc --print sysroot)
host=$(rustc --version --verbose | sed -n 's/^host: //p')
libraries=$root/lib/rustlib/$target/lib
if [ "$(cat "$libraries/.built-by" 2>/dev/null)" = "$(rustc --version)" ]; then
	exit 0
fi
mkdir -p "$root/lib/rustlib/$host/bin"
ln -sf "$(command -v "wasm-ld-$llvm")" "$root/lib/rustlib/$host/bin/rust-lld"

# An empty crate, so that Cargo builds the standard library for it; that is kept, the crate is not.
stub=$(mktemp -d)
trap 'rm -rf "$stub"' EXIT
mkdir "$stub/src"
: >"$stub/src/lib.rs"
printf '[package]\nname = "stub"\nversion = "0.0.0"\nedition = "2021"\n' >"$stub/Cargo.toml"
(
	cd "$stub"
	# The one place where an unstable option of Cargo is used: Debian has no package with this library.
	RUSTC_BOOTSTRAP=1 RUSTFLAGS=-Cembed-bitcode=yes cargo build --release --offline --target "$target" \
		-Zbuild-std=std,panic_abort,test \
		--config 'source.crates-io.replace-with="debian"' \
		--config "source.debian.directory=\"$root/lib/rustlib/src/rust/library/vendor\""
)
rm -rf "$libraries"
mkdir -p "$libraries"
rm -f "$stub/target/$target/release/deps/"libstub-*
cp "$stub/target/$target/release/deps/"*.rlib "$libraries/"
rustc --version >"$libraries/.built-by"
