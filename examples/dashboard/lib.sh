# shellcheck shell=sh
# What run.sh and the test of the dashboard share; source it after test/lib.sh, with a scratch folder made.
#
# dashboard_views SOURCE FISCAL CURRENCY DATABASE   make the schema "dashboard"
# dashboard_install OPTION                          a copy with its npm packages, in $CCX_SCRATCH/dashboard
# dashboard_build                                   build it there, into its folder dist

dashboard_views()
{
	psql -X -q -v source="$1" -v fiscal="$2" -v currency="$3" -d "$4" -f "$CCX_COPY/examples/dashboard/views.sql"
}

# npm as whoever calls: its configuration may be in the home folder
dashboard_install()
{
	ccx_as_user cp -R "$CCX_COPY/examples/dashboard" "$CCX_SCRATCH/dashboard"
	[ "$(id -u)" != 0 ] || chmod -R a+rwX "$CCX_SCRATCH/dashboard"
	ccx_say "installing npm packages ..."
	(cd "$CCX_SCRATCH/dashboard" &&
		npm install --no-audit --no-fund --no-package-lock --ignore-scripts "$1" >"$CCX_SCRATCH/npm.log" 2>&1) || {
		tail -n 20 "$CCX_SCRATCH/npm.log" >&2
		ccx_say "npm install failed"
		return 1
	}
	# Framework would ask, past npm and its settings, for the newest version of each library that its client can load.
	# Pages here load none of them; what is in its cache it does not ask for.
	(cd "$CCX_SCRATCH/dashboard" &&
		grep -rhoE --include='*.js' '"npm:[^"]+"' node_modules/@observablehq/framework/dist/client |
		sed -E 's/^"npm:((@[^/"]+\/)?[^/"@]+).*/\1/' | sort -u |
			while read -r library; do mkdir -p "src/.observablehq/cache/_npm/$library@0.0.0"; done)
	[ "$(id -u)" != 0 ] || chown -R "$CCX_USER" "$CCX_SCRATCH/dashboard"
}

dashboard_build()
{
	(cd "$CCX_SCRATCH/dashboard" &&
		ccx_as_user env OBSERVABLE_TELEMETRY_DISABLE=true sh -c \
			"cd '$CCX_SCRATCH/dashboard' && exec node_modules/.bin/observable build" >"$CCX_SCRATCH/build.log" 2>&1 </dev/null) || {
		tail -n 40 "$CCX_SCRATCH/build.log" >&2
		return 1
	}
}
