# shellcheck shell=sh
# Shared by the measurements that are scripts; source it after test/lib.sh.

bench_psql()
{
	psql -X -q -A -t -v ON_ERROR_STOP=1 "$@"
}

bench_machine()
{
	ccx_say "$(bench_psql -c 'SELECT version()'); $(nproc) cores, $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
}

# bench_median ROUNDS QUERY [SETTINGS]: milliseconds, after a round that does not count
bench_median()
{
	{
		echo "${3:-}"
		printf '\\o /dev/null\n'
		printf '%s;\n' "$2"
		printf '\\timing on\n'
		for _ in $(seq "$1"); do
			printf '%s;\n' "$2"
		done
	} | bench_psql | sed -n 's/^Time: \([0-9]*\).*/\1/p' | sort -n | sed -n "$((($1 + 1) / 2))p"
}
