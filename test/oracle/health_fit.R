# ccx's health weights beside the maximum that R's general optimiser finds of the same penalised likelihood, written
# down here from its definition; and, with hardly any ridge, beside R's own logistic regression.
#   Rscript health_fit.R rows.csv fits.csv
# rows: churned (1 or 0) and the signals; fits: ridge, name (intercept, coefficient, std_error, auc, auc_held_out), number
# of the signal, value. Prints TAP, and ends with 1 when something differs.
files <- commandArgs(trailingOnly = TRUE)
rows <- read.csv(files[1])
fits <- read.csv(files[2])
failed <- FALSE
tell <- function(fine, what) {
    cat(if (fine) "ok" else "not ok", "-", what, "\n")
    if (!fine) failed <<- TRUE
}

# The maximum by optim() and nlminb(), neither of which knows a second derivative, in turns until nothing is left of the
# first ones. Signals are standardised by their population's standard deviation; coefficients are per unit of the signal.
maximum <- function(y, x, ridge) {
    means <- colMeans(x)
    sds <- sqrt(colMeans(sweep(x, 2, means)^2))
    z <- cbind(1, sweep(sweep(x, 2, means), 2, sds, "/"))
    penalty <- c(0, rep(ridge, ncol(x)))
    minus <- function(b) { eta <- drop(z %*% b); -sum(y * eta - pmax(eta, 0) - log1p(exp(-abs(eta)))) + sum(penalty * b^2) / 2 }
    slope <- function(b) drop(crossprod(z, plogis(drop(z %*% b)) - y)) + penalty * b
    b <- rep(0, ncol(z))
    for (round in 1:20) {
        b <- optim(b, minus, slope, method = "BFGS", control = list(maxit = 1000, reltol = 1e-16))$par
        b <- nlminb(b, minus, slope, control = list(iter.max = 1000, eval.max = 2000, rel.tol = 1e-16, x.tol = 1e-16))$par
        if (max(abs(slope(b))) < 1e-6) break
    }
    p <- plogis(drop(z %*% b))
    second <- crossprod(z, z * p * (1 - p)) + diag(penalty)
    list(slope = sqrt(sum(slope(b)^2)), curvature = min(eigen(second, symmetric = TRUE, only.values = TRUE)$values),
         intercept = b[1] - sum(b[-1] * means / sds), coefficient = b[-1] / sds, std_error = sqrt(diag(solve(second)))[-1] / sds)
}
eta <- function(fit, x) fit$intercept + drop(x %*% fit$coefficient)

# pairs in order, and all pairs, by ranks; predictions of equal rows are equal but for rounding
pairs <- function(y, prediction) {
    ranks <- rank(round(prediction, 9))
    n1 <- sum(y == 1); n0 <- sum(y == 0)
    c(sum(ranks[y == 1]) - n1 * (n1 + 1) / 2, n1 * n0)
}

y <- rows$churned
x <- as.matrix(rows[, -1])
place <- integer(nrow(rows))
place[do.call(order, as.list(rows))] <- seq_len(nrow(rows)) - 1   # by outcome, then signal by signal

for (ridge in unique(fits$ridge)) {
    ccx <- fits[fits$ridge == ridge, ]
    value <- function(name) ccx$value[ccx$name == name][order(ccx$number[ccx$name == name])]
    r <- maximum(y, x, ridge)
    # how far from the maximum R itself can be, in standard deviations: slope by the least curvature
    tell(r$slope / r$curvature < 1e-6, sprintf("R's optimiser, ridge %g: at the maximum, slope %.1e, within %.1e of it", ridge, r$slope, r$slope / r$curvature))
    off <- c(intercept = abs(value("intercept") - r$intercept), coefficients = max(abs(value("coefficient") - r$coefficient)),
             std_errors = max(abs(value("std_error") - r$std_error)))
    tell(length(value("coefficient")) == ncol(x) && all(off < 1e-6),
         sprintf("R's optimiser, ridge %g: %d customers, %d signals, coefficients at most %.1e apart, intercept %.1e, standard errors %.1e",
                 ridge, nrow(x), ncol(x), off["coefficients"], off["intercept"], off["std_errors"]))
    p <- pairs(y, eta(r, x))
    tell(abs(value("auc") - p[1] / p[2]) < 1e-7, sprintf("R's ranks, ridge %g: AUC %.6f, %.1e apart", ridge, p[1] / p[2], abs(value("auc") - p[1] / p[2])))
    held_out <- Reduce(`+`, lapply(0:4, function(fold) {
        inside <- place %% 5 == fold
        pairs(y[inside], eta(maximum(y[!inside], x[!inside, ], ridge), x[inside, ]))
    }))
    auc <- held_out[1] / held_out[2]
    tell(abs(value("auc_held_out") - auc) < 1e-7, sprintf("R's ranks, ridge %g: AUC held out %.6f, %.1e apart", ridge, auc, abs(value("auc_held_out") - auc)))
    if (ridge < 1e-5) {
        r <- coef(summary(glm(y ~ x, family = binomial, control = glm.control(epsilon = 1e-14, maxit = 50))))
        off <- c(abs(value("intercept") - r[1, 1]), abs(value("coefficient") - r[-1, 1]), abs(value("std_error") - r[-1, 2]))
        tell(all(off < 1e-6), sprintf("R's glm, without a ridge: at most %.1e apart from ridge %g", max(off), ridge))
    }
}
if (nrow(rows) == 0 || nrow(fits) == 0) tell(FALSE, "R's optimiser: nothing to compare")
quit(status = if (failed) 1 else 0)
