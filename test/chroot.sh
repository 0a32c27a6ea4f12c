# shellcheck shell=sh
# Chroots with another Debian release, for test/matrix.sh and test/package.sh.  Source it
# after test/lib.sh.
#
# ccx_need_chroots         say "SKIP: why" and exit 77 where none can be made; so does
#                          ccx_root where the packages cannot be had
# ccx_root RELEASE "PKG..." ["PKG..."]   make the chroot of a Debian release with these
#                          packages, unless it is there already; the second list is only
#                          unpacked (headers, without the compilers they depend on).  Its
#                          folder is CCX_ROOT afterwards.  CCX_SECURITY=no leaves
#                          security updates out.
# ccx_enter DIR CMD...     run CMD in it, as root, with processes of its own: none
#                          survives
#
# They are kept in CCX_CACHE, /var/cache/ccx unless that is set.

: "${CCX_CACHE:=/var/cache/ccx}"

ccx_need_chroots()
{
	[ "$(id -u)" = 0 ] || ccx_no_chroots "chroots need root or sudo"
	unshare --mount --ipc --pid --fork --kill-child true 2>/dev/null ||
		ccx_no_chroots "the kernel does not let root unshare namespaces here"
	command -v mmdebstrap >/dev/null ||
		{ apt-get -qq update && apt-get -qq -y --no-install-recommends install mmdebstrap; } >/dev/null 2>&1 ||
		ccx_no_chroots "there is no mmdebstrap, nor can it be installed"
}

ccx_no_chroots()
{
	echo "SKIP: $*"
	exit 77
}

ccx_root()
{
	CCX_ROOT=$CCX_CACHE/$1-$(printf '%s' "${CCX_SECURITY:-yes} $2 ${3:-}" | cksum | cut -d ' ' -f 1)
	mkdir -p "$CCX_CACHE"
	(
		# another run may be making the same
		flock 9
		[ -n "$(find "$CCX_ROOT" -maxdepth 0 -mtime -30 2>/dev/null)" ] || ccx_make_root "$@"
	) 9>"$CCX_ROOT.lock"
}

ccx_make_root()
{
	rm -rf --one-file-system "$CCX_ROOT" "$CCX_ROOT.new"
	# Debian's own among the machine's sources: for its own release with security and updates,
	# as the packages that are built here depend on them; for others the mirrors, with security
	# where the release has it, for pg_upgrade may need minor releases of the same day
	# shellcheck disable=SC2016  # for apt-get
	apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 2>/dev/null |
		grep -E '/debian(-security)?/? ' >"$CCX_ROOT.list" || :
	if [ "${CCX_SECURITY:-yes}" = no ]; then
		sed -i /security/d "$CCX_ROOT.list"
	fi
	if ! grep -q " $1 " "$CCX_ROOT.list"; then
		ccx_mirror=$(sed -n '/security/!s/^deb \([^ ]*\) .*/\1/p' "$CCX_ROOT.list" | head -n 1)
		ccx_security=$(sed -n '/security/s/^deb \([^ ]*\) .*/\1/p' "$CCX_ROOT.list" | head -n 1)
		[ -n "$ccx_mirror" ] || ccx_no_chroots "apt knows no mirror of Debian here"
		echo "deb $ccx_mirror $1 main" >"$CCX_ROOT.list"
		if [ -n "$ccx_security" ] &&
			/usr/lib/apt/apt-helper download-file "${ccx_security%/}/dists/$1-security/InRelease" "$CCX_ROOT.release" >/dev/null 2>&1; then
			echo "deb $ccx_security $1-security main" >>"$CCX_ROOT.list"
		fi
		rm -f "$CCX_ROOT.release"
	fi
	# No documentation, which nothing reads.  The release being prepared may be a copy whose
	# signature has run out.
	set -- "$1" "$(printf '%s' "$2" | tr ' ' ,)" "${3:-}"
	set -- --variant=apt --include="$2" \
		--aptopt='APT::Install-Recommends "false"' \
		--aptopt='Acquire::Check-Valid-Until "false"' \
		--aptopt='Acquire::Retries "3"' \
		--dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' \
		--dpkgopt='path-exclude=/usr/share/man/*' \
		--customize-hook="[ -z '$3' ] || chroot \"\$1\" sh -ec '
			cd /tmp
			apt-get -qq download $3
			for package in *.deb; do dpkg -x \$package /; done
			rm -f *.deb
			# there is no clang for bitcode
			sed -i \"s/^with_llvm.*/with_llvm = no/\" /usr/lib/postgresql/*/lib/pgxs/src/Makefile.global'" \
		"$1" "$CCX_ROOT.new" "$CCX_ROOT.list"
	# with mounts of its own, which do not outlive it when it is interrupted
	unshare --mount mmdebstrap --quiet "$@" >&2 || {
		rm -rf --one-file-system "$CCX_ROOT.new"
		ccx_no_chroots "mmdebstrap could not make ${CCX_ROOT##*/}; what it said is above"
	}
	# mmdebstrap gives it the date of the release
	touch "$CCX_ROOT.new"
	mv -T "$CCX_ROOT.new" "$CCX_ROOT"
}

# shellcheck disable=SC2016  # for the inner shell
ccx_enter()
{
	unshare --mount --ipc --pid --fork --kill-child sh -c '
		root=$1
		shift
		mount -t proc proc "$root/proc"
		mount -t tmpfs tmpfs "$root/dev/shm"
		mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root chroot "$root" "$@"' sh "$@"
}
