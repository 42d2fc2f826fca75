#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Installs what building, testing and checking portfw needs and is missing; silent when nothing is.
# Without root it prints the command that installs it, and fails.
set -eu

PATH=$PATH:/usr/sbin:/sbin

# How to see that something is there (a command, or patterns of a path), and the package that
# brings it, on Debian and on Fedora. "?": only where the distribution has that package. "!": it
# brings a daemon, and is left out where that would start by itself; tests that need it are skipped.
needs() {
    cat <<'TABLE'
gcc                                             gcc              gcc
make                                            make             make
clang                                           clang            clang
bpftool                                         bpftool          bpftool
ip                                              iproute2         iproute
unshare                                         util-linux       util-linux
mount                                           mount            util-linux
nc                                              netcat-openbsd   nmap-ncat
nmap                                            nmap             nmap
ping                                            iputils-ping     iputils
nft                                             ?nftables        ?nftables
curl                                            curl             curl
dig                                             bind9-dnsutils   bind-utils
iperf3                                          iperf3           iperf3
ssh                                             openssh-client   openssh-clients
sshd                                            !openssh-server  !openssh-server
nginx                                           !nginx-light     !nginx
chronyd                                         !chrony          !chrony
dnsmasq                                         dnsmasq-base     dnsmasq
busybox                                         busybox          busybox
dhclient                                        ?isc-dhcp-client ?dhcp-client
clang-format                                    clang-format     clang-tools-extra
clang-tidy                                      clang-tidy       clang-tools-extra
cppcheck                                        cppcheck         cppcheck
shellcheck                                      shellcheck       ShellCheck
/etc/services                                   netbase          setup
/usr/include/stdlib.h                           libc6-dev        glibc-devel
/usr/include/linux/bpf.h                        linux-libc-dev   kernel-headers
/usr/include/bpf/libbpf.h                       libbpf-dev       libbpf-devel
/usr/include/gelf.h                             libelf-dev       elfutils-libelf-devel
/usr/include/zlib.h                             zlib1g-dev       zlib-devel
/usr/include/jansson.h                          libjansson-dev   jansson-devel
/usr/include/libmnl/libmnl.h                    libmnl-dev       libmnl-devel
/usr/include/pcap/pcap.h                        libpcap-dev      libpcap-devel
/usr/lib/*/libpcap.so.0.8:/usr/lib*/libpcap.so.1 libpcap0.8      libpcap
/usr/include/cmocka.h                           libcmocka-dev    libcmocka-devel
/usr/lib/*/libasan.so*:/usr/lib*/libasan.so*    gcc              libasan
/usr/lib/*/libubsan.so*:/usr/lib*/libubsan.so*  gcc              libubsan
/usr/lib/llvm-*/lib/clang/*/lib/*/libclang_rt.fuzzer*:/usr/lib*/clang/*/lib/*/libclang_rt.fuzzer* ?libclang-rt-dev ?compiler-rt
TABLE
}

file_exists() {
    old_ifs=$IFS
    IFS=:
    # shellcheck disable=SC2086 # patterns
    set -- $1
    IFS=$old_ifs
    for file; do
        if [ -e "$file" ]; then
            return 0
        fi
    done
    return 1
}

exists() {
    case $1 in
    /*) file_exists "$1" ;;
    # On Ubuntu up to 24.04 the command only looks for the tool of the running kernel's package.
    bpftool) file_exists '/usr/lib/linux-tools/*/bpftool' || bpftool version >/dev/null 2>&1 ;;
    *) command -v "$1" >/dev/null ;;
    esac
}

# Debian starts a daemon when it is installed, unless a policy says no, as in container images.
starts_daemons() {
    [ -d /run/systemd/system ] || { [ "$1" = debian ] && [ ! -x /usr/sbin/policy-rc.d ]; }
}

# The missing packages of a distribution, one a line.
missing() {
    needs | while read -r witness debian fedora; do
        package=$debian
        [ "$1" = debian ] || package=$fedora
        case $package in
        !*) if starts_daemons "$1"; then continue; else package=${package#!}; fi ;;
        esac
        exists "$witness" || echo "$package"
    done | sort -u
}

# Those that can do without are left out where there is no such package.
select_packages() {
    for package; do
        case $package in
        \?*) if has_package "${package#?}"; then echo "${package#?}"; fi ;;
        bpftool) if has_package bpftool; then echo bpftool; else echo "$bpftool_packages"; fi ;;
        *) echo "$package" ;;
        esac
    done
}

if command -v apt-get >/dev/null; then
    distribution=debian
    bpftool_packages='linux-tools-common linux-tools-generic'
    install='apt-get install -y --no-install-recommends'
    refresh() { apt-get update -q || echo 'deps: the package lists could not be refreshed' >&2; }
    has_package() { apt-cache show "$1" >/dev/null 2>&1; }
    export DEBIAN_FRONTEND=noninteractive
elif command -v dnf >/dev/null; then
    distribution=fedora
    bpftool_packages=bpftool
    install='dnf install -y --setopt=install_weak_deps=False'
    refresh() { :; }
    has_package() { dnf -q info "$1" >/dev/null 2>&1; }
else
    distribution=debian
    has_package() { false; }
    bpftool_packages=bpftool
    install=
fi

packages=$(missing "$distribution")
if [ -z "$packages" ]; then
    exit 0
fi
if [ "$(id -u)" -ne 0 ] || [ -z "$install" ]; then
    packages=$(echo "$packages" | grep -v '^?' | tr '\n' ' ')
    if [ -z "$packages" ]; then
        exit 0
    elif [ -z "$install" ]; then
        echo "deps: missing, in the names of Debian's packages: $packages" >&2
    else
        echo "deps: something is missing; this installs it: sudo $install ${packages% }" >&2
    fi
    exit 1
fi

# shellcheck disable=SC2086 # one word each
{
    case $packages in \?*) ;; *) refresh ;; esac
    packages=$(select_packages $packages | tr '\n' ' ')
    if [ -n "$packages" ]; then
        echo "deps: installing $packages"
        $install $packages
    fi
}
packages=$(missing "$distribution" | grep -v '^?' | tr '\n' ' ')
if [ -n "$packages" ]; then
    echo "deps: still missing: $packages" >&2
    exit 1
fi
