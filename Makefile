# ccx: customer metrics as a PostgreSQL extension.
#
#   make && sudo make install          build and install
#   make installcheck                  run the tests in the running server
#   sh test/run.sh                     run all tests in a server of their own
#
# PG_CONFIG=/path/to/pg_config chooses another PostgreSQL.  A build in another
# folder works too: cd BUILD && make -f /path/to/ccx/Makefile.

EXTENSION = ccx
MODULE_big = ccx

# The source tree; PGXS knows it as $(srcdir) only after it is included.
TOP := $(or $(VPATH),$(patsubst %/,%,$(dir $(firstword $(MAKEFILE_LIST)))))

# The only place that states the version is the control file.
EXTVERSION := $(shell sed -n "s/^default_version *= *'\([^']*\)'.*/\1/p" $(TOP)/ccx.control)
ifeq ($(EXTVERSION),)
$(error cannot read default_version from $(TOP)/ccx.control)
endif

# -- what is built and installed ------------------------------------------------

OBJS := $(patsubst $(TOP)/%.c,%.o,$(sort $(wildcard $(TOP)/src/*.c)))

# The install script is these files one after the other: a part may use only what
# an earlier one created.
SQL_PARTS = \
	sql/ccx.sql \
	sql/retention.sql \
	sql/retention_interval.sql \
	sql/mrr.sql \
	sql/history.sql \
	sql/movements.sql \
	sql/activity.sql \
	sql/cohort.sql \
	sql/cohort_retention.sql \
	sql/movements_by.sql \
	sql/retention_by.sql \
	sql/survey.sql \
	sql/duration.sql \
	sql/stage_funnel.sql \
	sql/renewal.sql \
	sql/economics.sql \
	sql/backtest.sql \
	sql/drivers.sql \
	sql/health.sql \
	sql/usage.sql \
	sql/period.sql \
	sql/metric_view.sql \
	sql/metric_ledger.sql \
	sql/metric_views_extra.sql \
	sql/publish.sql \
	sql/reconcile.sql \
	sql/health_fit.sql \
	sql/explain.sql \
	sql/forecast.sql

# Earlier releases are installed as well: upgrades are tested from them.
DATA_built = ccx--$(EXTVERSION).sql
DATA := $(patsubst $(TOP)/%,%,$(sort $(wildcard $(TOP)/sql/upgrade/*--*--*.sql) \
	$(filter-out %/$(DATA_built),$(wildcard $(TOP)/sql/release/ccx--*.sql))))

# What PostgreSQL's own headers force: fmgr arguments that a function does not use;
# with clang, the options and printf attributes of the gcc that built the server.
PG_CFLAGS = -Wall -Wextra -Wno-unused-parameter \
	$(if $(findstring clang,$(shell $(CC) --version)),-Wno-unknown-warning-option \
		-Wno-ignored-optimization-argument -Wno-ignored-attributes)

# -- tests ----------------------------------------------------------------------

# Inputs are test/sql/*.sql, expected outputs expected/*.out, results go to output/.
# pg_regress looks for inputs below its output folder first, where it must not find
# sql/, and PostgreSQL 15 does so for expected outputs, too; then below --inputdir, where
# the link test/expected leads to them.  The database is UTF-8, whatever the server's are.
REGRESS := $(patsubst $(TOP)/test/sql/%.sql,%,$(sort $(wildcard $(TOP)/test/sql/*.sql)))
REGRESS_OPTS = --inputdir=$(TOP)/test --outputdir=output --load-extension=$(EXTENSION) \
	--encoding=UTF8 --no-locale
EXTRA_CLEAN = output

ISOLATION := $(patsubst $(TOP)/test/isolation/specs/%.spec,%,$(sort $(wildcard $(TOP)/test/isolation/specs/*.spec)))
ISOLATION_OPTS = --inputdir=$(TOP)/test/isolation --load-extension=$(EXTENSION)

# These start servers of their own and need libipc-run-perl; to do without:
# make installcheck TAP_TESTS=
TAP_TESTS = 1
PROVE_TESTS = test/t/*.pl

# -- PGXS -----------------------------------------------------------------------

ifneq ($(MAKECMDGOALS),dist)
PG_CONFIG ?= pg_config
PG_MAJOR := $(shell $(PG_CONFIG) --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/')
ifeq ($(PG_MAJOR),)
$(error cannot run $(PG_CONFIG): install the server headers (Debian: postgresql-server-dev-NN) or say PG_CONFIG=/path/to/pg_config)
endif
ifeq ($(shell test $(PG_MAJOR) -ge 15 && echo yes),)
$(error ccx needs PostgreSQL 15 or later; $(PG_CONFIG) belongs to $(PG_MAJOR))
endif
ifeq ($(shell test $(PG_MAJOR) -ge 16 && echo yes),yes)
REGRESS_OPTS += --expecteddir=$(TOP)
ISOLATION_OPTS += --expecteddir=$(TOP)/test/isolation
endif
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# Headers are few, so every object depends on all of them.
$(OBJS) $(OBJS:.o=.bc): $(wildcard $(TOP)/src/*.h)

# A build in another folder needs one to put the objects in.
ifneq ($(TOP),.)
$(shell $(MKDIR_P) src)
endif

$(DATA_built): $(SQL_PARTS) ccx.control
	{ printf '%s\n' '\echo Use "CREATE EXTENSION ccx" to load this file. \quit'; \
	  cat $(filter %.sql,$^); } >$@.part
	mv $@.part $@
endif

# -- release --------------------------------------------------------------------

DIST = ccx-$(EXTVERSION)

dist:
	git -C $(TOP) archive --format=zip --prefix=$(DIST)/ --output=$(CURDIR)/$(DIST).zip HEAD

.PHONY: dist
