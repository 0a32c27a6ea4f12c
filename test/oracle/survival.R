# ccx's curves beside those of R's survival package: survival, Greenwood's standard error and the log-log limits,
# equal to 1e-12; and the log-rank statistic of each pair of groups.
#   Rscript survival.R rows.csv curves.csv pairs.csv
# rows: segment, tenure, churned (1 or 0); curves: segment and what km_curve says; pairs: segment_1, segment_2, chi_square.
# An empty field is an undefined number on both sides. Prints TAP, and ends with 1 when something differs.
suppressPackageStartupMessages(library(survival))
files <- commandArgs(trailingOnly = TRUE)
rows <- read.csv(files[1])
curves <- read.csv(files[2])
pairs <- read.csv(files[3])
failed <- FALSE

tell <- function(fine, what) {
    cat(if (fine) "ok" else "not ok", "-", what, "\n")
    if (!fine) failed <<- TRUE
}

# the largest deviation in parts of R's number; infinite when only one side has a number
worst <- function(ccx, r) {
    r[is.nan(r)] <- NA
    if (length(ccx) != length(r) || any(is.na(ccx) != is.na(r))) return(Inf)
    known <- !is.na(r) & ccx != r
    if (any(known)) max(abs(ccx - r)[known] / abs(r)[known]) else 0
}

for (segment in unique(rows$segment)) {
    its <- rows[rows$segment == segment, ]
    r <- summary(survfit(Surv(tenure, churned) ~ 1, data = its, conf.type = "log-log"), censored = TRUE)
    ccx <- curves[curves$segment == segment, ]
    off <- c(times = worst(ccx$t, r$time), at_risk = worst(ccx$at_risk, r$n.risk), events = worst(ccx$events, r$n.event),
             censored = worst(ccx$censored, r$n.censor), survival = worst(ccx$survival, r$surv),
             std_err = worst(ccx$std_err, r$std.err), low = worst(ccx$low, r$lower), high = worst(ccx$high, r$upper))
    tell(all(off <= 1e-12), sprintf("R's survival, %s: %d customers, %d times, at most %.1e apart (%s)", segment, nrow(its), nrow(ccx),
                                    max(off), names(which.max(off))))
}
for (i in seq_len(nrow(pairs))) {
    both <- rows[rows$segment %in% c(pairs$segment_1[i], pairs$segment_2[i]), ]
    r <- survdiff(Surv(tenure, churned) ~ segment, data = both)
    off <- worst(pairs$chi_square[i], r$chisq)
    tell(off <= 1e-12, sprintf("R's log-rank, %s and %s: %.6g, %.1e apart", pairs$segment_1[i], pairs$segment_2[i], r$chisq, off))
}
if (nrow(rows) == 0 || nrow(pairs) == 0) tell(FALSE, "R's survival: nothing to compare")
quit(status = if (failed) 1 else 0)
