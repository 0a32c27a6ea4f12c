#!/bin/sh
# Is every decision of the definitions tested?  Each of them is flipped in the C or the SQL, one
# line at a time, and some test must notice:
#
#     sh test/mutate.sh               all of them
#     sh test/mutate.sh WORD...       those whose names or files have one of the words in them
#
# For each the test that catches it is named, and the block of that test.  A mutation that no
# test catches is a failure; so is one whose line is not in the sources exactly once any more.
#
# The tests are those of pg_regress that tell of metrics, and where they notice nothing the
# comparison with the oracle that is about the file.  Packages, user, scratch folder and
# server are those of test/lib.sh; nothing is left behind.

set -eu

sql_tests='metric_view metric_track metric_view_extra publish'
tests='retention history usage movements amounts overloads types cohort one_pass backtest drivers health reconcile health_fit activity customer_table forecast survey currency retention_interval'

# ---------------------------------------------------------------- the mutations

# A name (the question in the definitions that the line decides), the file, the line as it is
# (any part of it that occurs once in the file), and what stands there instead.
mutations()
{
	cat <<'END'
NPS interval: from the other side below zero
src/stats.c
		return variance_given_mean(minus, plus, -by);
		return variance_given_mean(plus, minus, -by);

NPS interval: the most likely share of detractors
src/stats.c
	return Max(2 * share + by * (1 - by), 0);
	return Max(2 * minus + by * (1 - by), 0);

NPS interval: variance of an NPS at the end
src/stats.c
variance_given_mean(plus, minus, middle)))
variance_given_mean(plus, minus, plus - minus)))

Student's t: what is inside at a small level
src/stats.c
* exp(-a * log1p(square / df)) * t / sqrt(df + square);
* exp(-a * log1p(square / df)) * sqrt(1 - x);

Student's t: of many degrees of freedom
src/stats.c
	if (df > 1e6)
	if (df > 1e4)

Student's t: Stirling's series for a small number
src/stats.c
	if (a < 100)
	if (a < 4)

GRR interval: nothing varies
src/retention_interval.c
variance > 0 ? spread / variance : get_float8_infinity();
variance > 0 ? spread / variance : effective;

n_eff: a digit below 10 is below 10
src/retention_interval.c
NumericGetDatum(amount_ratio(&den2, den_den))));
NumericGetDatum(amount_ratio(&den2, den_den)))) * (1 - 1e-15);

GRR interval: kept, but for the last digit
src/retention_interval.c
	ratio = amount_cmp(num, den) == 0 ? 1 : amount_quotient(num, den, &one);
	ratio = amount_quotient(num, den, &one);

GRR interval: all was kept
src/retention_interval.c
		if (spread > 0)
		if (spread >= 0)

GRR interval: customers alike at most
src/retention_interval.c
#define MAX_ALIKE		3
#define MAX_ALIKE		4

NRR interval: the variance of few
src/retention_interval.c
 * effective / (effective - 1);
;

NPS interval: two answers at least
src/survey.c
	if (n >= 2)
	if (n >= 1)

NPS: 7 is passive
src/survey.c
	return answers_between(summary, 0, 6);
	return answers_between(summary, 0, 7);

NPS: 9 promotes
src/survey.c
	return answers_between(summary, 9, 10);
	return answers_between(summary, 10, 10);

Reactivation in NRR? the switch
src/retention.c
	if (include_reactivation)
	if (!include_reactivation)

Reactivation in NRR? only whom it concerns
src/retention.c
		return seen ? RETENTION_REACTIVATION : RETENTION_NEW;
		return RETENTION_REACTIVATION;

seen is ignored
src/retention.c
		return seen ? RETENTION_REACTIVATION : RETENTION_NEW;
		return RETENTION_NEW;

seen NULL means yes
src/retention.c
						  form.seen_arg && !PG_ARGISNULL(form.seen_arg) &&
						  form.seen_arg && PG_ARGISNULL(form.seen_arg) ? true : form.seen_arg &&

NULL closing skipped (survivor bias)
src/retention.c
	if (opening == NULL && closing == NULL)
	if (closing == NULL)

NULL opening skipped
src/retention.c
	if (opening == NULL && closing == NULL)
	if (opening == NULL)

both NULL used
src/retention.c
	if (opening == NULL && closing == NULL)
	if (false)

both NULL not counted
src/retention.c
		state->skipped = count_add(state->skipped, form.sign);
		;

opening = 0 for all gives 0
src/retention.c
	*isnull = amount_sign(&denominator) == 0;
	if ((*isnull = false, amount_sign(&denominator) == 0)) return NumericGetDatum(amount_to_numeric(&denominator));

opening of 0 counts as a customer
src/retention.c
	if (opening > 0)
	if (opening >= 0)

negative MRR: opening not clamped
src/retention.c
		opening = Max(opening, 0);
		;

negative MRR: closing not clamped
src/retention.c
		closing = Max(closing, 0);
		;

negative MRR: amounts instead of rows counted
src/retention.c
			count_add(totals->count[RETENTION_NEGATIVE], sign);
			count_add(totals->count[RETENTION_NEGATIVE], sign * ((opening < 0) + (closing < 0)));

negative MRR: closing missing in the amount
src/retention.c
		int128		negative = Min(opening, 0) + Min(closing, 0);
		int128		negative = Min(opening, 0);

negative MRR: opening not clamped on the slow path
src/retention.c
			opening = &zero;
			;

negative MRR: closing not clamped on the slow path
src/retention.c
			closing = &zero;
			;

negative MRR: a row of a history clamped by itself
src/history.c
		return amount_from_scaled(row->amount, state->scale);
		return amount_from_scaled(Max(row->amount, 0), state->scale);

negative MRR: a history not clamped on reading
src/history.c
	if (amount_sign(&mrr) < 0)
	if (false)

NaN / Infinity input let through
src/amount.c
	if (unlikely(parts.special))
	if (false)

cap per customer: GRR of totals
src/retention.c
	numerator = amount_sub(&numerator, &sums->amount[RETENTION_CHURN]);
	numerator = retention_sums_retained(sums); if (amount_cmp(&numerator, &sums->amount[RETENTION_OPENING]) > 0) numerator = sums->amount[RETENTION_OPENING];

cap per customer: GRR without contraction
src/retention.c
	numerator = amount_sub(&numerator, &sums->amount[RETENTION_CONTRACTION]);
	;

NRR with new customers
src/retention.c
	Amount		numerator = retention_sums_retained(sums);
	Amount		numerator = retention_sums_closing(sums);

churn taken for contraction
src/retention.c
		return RETENTION_CHURN;
		return RETENTION_CONTRACTION;

logo retention with new customers
src/retention.c
	return sums->count[RETENTION_OPENING] - sums->count[RETENTION_CHURN];
	return sums->count[RETENTION_OPENING] - sums->count[RETENTION_CHURN] + sums->count[RETENTION_NEW];

quick ratio without expansion
src/retention.c
	won = amount_add(&won, &sums->amount[RETENTION_EXPANSION]);
	;

quick ratio of churn alone
src/retention.c
	return ratio_or_null(won, amount_add(&sums->amount[RETENTION_CONTRACTION],
	return ratio_or_null(won, amount_sub(&sums->amount[RETENTION_CONTRACTION],

same customer twice: a frame does not take its rows back
src/retention.c
RETENTION_TRANSITION(accum_plain_inv, false, 0, 0, -1);
RETENTION_TRANSITION(accum_plain_inv, false, 0, 0, 1);

second moments of the larger instead of the lesser
src/retention.c
	g = Min(o, c);
	g = Max(o, c);

second moments where a part has none
src/retention.c
	state->has_moments = state->has_moments && summary->has_moments;
	state->has_moments = state->has_moments || summary->has_moments;

currency mix allowed
src/currency.c
	else if (into->state != other->state || strcmp(into->code, other->code) != 0)
	else if (false)

currency mix: NULL beside USD
src/currency.c
	Currency	result = {CURRENCY_NULL, ""};
	Currency	result = {CURRENCY_NOT_GIVEN, ""};

currency mix: not given is one of its own
src/currency.c
	if (into->state == CURRENCY_NOT_GIVEN)
	if (false)

rollup over time: other openings
src/retention.c
		(state->t0 != summary->t0 || state->t1 != summary->t1))
		(state->t1 != summary->t1))

rollup over time: other closings
src/retention.c
		(state->t0 != summary->t0 || state->t1 != summary->t1))
		(state->t0 != summary->t0))

quotients cut off
src/amount.c
			!__builtin_add_overflow(dividend, y, &dividend))
			true)

quotients rounded half down
src/amount.c
			!__builtin_add_overflow(dividend, y, &dividend))
			!__builtin_add_overflow(dividend, y - 1, &dividend))

quotients cut off on the slow path
src/amount.c
		a = amount_add(&a, &b);
		;

quotients with trailing zeros
src/amount.c
			dscale--;
			;

deciding decimals: amounts below 10^-4 cut off
src/amount.c
	if (unlikely(fraction > scale))
	if (false && fraction > scale)

daily snapshots added up
src/history.c
		else if (next->day != last->day)
		else if (false)

a monthly row covers two months
src/history.c
	*until = month_start(month->month + 1);
	*until = month_start(month->month + 2);

a large amount of a history is another's
src/history.c
		row.large = state->large_size;
		row.large = MAXALIGN(VARSIZE_ANY(mrr));

half-open intervals: the end is a day too
src/history.c
			changes[n].by = amount_sub(&zero, &changes[n - 1].by);
			changes[n].day++, changes[n].by = amount_sub(&zero, &changes[n - 1].by);

intervals: NULL end is no end of the month
src/history.c
		/* infinity says the same as NULL: still running */
		if (PG_ARGISNULL(2)) until = from + 1;

intervals: an end before the beginning
src/history.c
		if (until < from)
		if (false)

intervals: an infinite beginning
src/history.c
	if (DATE_NOT_FINITE(from))
	if (false)

time zone: timestamptz let through
src/history.c
	if (form.kind == HISTORY_TIMESTAMPTZ)
	if (false)

time zone: timestamps before 2000
src/calendar.c
	if (timestamp % USECS_PER_DAY < 0)
	if (false)

NULL month or MRR not counted
src/history.c
		state->skipped = count_add(state->skipped, 1);
		;

NULL customer (keyed form): histories not counted
src/movements.c
		state->skipped = count_add(state->skipped, 1);
		;

zero-revenue activity: a negative amount makes a customer seen
src/movements.c
		if (amount_sign(&step->mrr) > 0)
		if (amount_sign(&step->mrr) != 0)

quarter/year value: the first month instead of the last
src/movements.c
		sweep->closing = sweep->next_closing++;
		{ if (sweep->closing < 0 || periods[sweep->closing] != next) sweep->closing = sweep->next_closing; sweep->next_closing++; }

quarter/year value: the first day of the month instead of the last
src/movements.c
		if (n > 0 && months[n - 1] == month)
		if (n > 0 && months[n - 1] == month && step->from != 0) continue; if (false)

TTM NRR: the span is the step
src/movements.c
	sweep->span = span_months / grain_months(step);
	sweep->span = 1;

seen: until the closing instead of the opening
src/movements.c
		period_of_month(step, customer->first_month) + sweep->span : 0;
		period_of_month(step, customer->first_month) : 0;

left edge: the first month is emitted
src/movements.c
	*first = period_ending_from(movements->step, from) + span;
	*first = period_ending_from(movements->step, from);

right edge: a phantom month of churn
src/movements.c
	int			to = movements->last_month;
	int			to = movements->last_month + 1;

partial period emitted
src/movements.c
	return period_of_month(step, month + 1) - 1;
	return period_of_month(step, month);

running customers without an end of the window
src/movements.c
	if (!has_to && movements->running)
	if (false)

a window that ends before it begins
src/movements.c
	if (has_from && has_to && to < from)
	if (false)

annual vs monthly: step and span vary in a group
src/movements.c
	else if (!grain_equal(state->step, step_grain) || state->span != span_months)
	else if (false)

rollup of other steps and spans
src/movements.c
	if (!grain_equal(step_a, step_b) || span_a != span_b)
	if (false)

week start and other anchors: ignored
src/calendar.c
	return floor_div(month - grain.anchor, grain_months(grain));
	return floor_div(month, grain_months(grain));

week start and other anchors: not brought to one spelling
src/calendar.c
			anchor %= unit_months[unit];
			;

period_start: before the first date
src/period.c
		(grain_months(grain) > 0 && day_of_month(start) != 1))
		false)

period_end: after the last date
src/period.c
	if (!IS_VALID_DATE(start + after) || period_number(grain, start) != period ||
	if (!IS_VALID_DATE(start + after) ||

period_end: the first day of the next
src/period.c
	return checked_date(grain, period_number(grain, day) + 1, -1);
	return checked_date(grain, period_number(grain, day) + 1, 0);

month arithmetic: months numbered from 1
src/calendar.c
	return 12 * ((int) (100 * century + year) - 4800) + (int) month - 1;
	return 12 * ((int) (100 * century + year) - 4800) + (int) month;

MRR: four weeks in a month
src/mrr.c
		{"week", 52, 12},
		{"week", 4, 1},

MRR: 360 days in a year
src/mrr.c
		{"day", 365, 12},
		{"day", 360, 12},

MRR: a quarter has four months
src/mrr.c
		{"quarter", 1, 3},
		{"quarter", 1, 4},

MRR: the number of units ignored
src/mrr.c
			Amount		by = amount_from_int64((int64) units[i].by * count);
			Amount		by = amount_from_int64((int64) units[i].by);

movement of one customer: negative closing
src/mrr.c
	closing_sign = Max(amount_sign(&closing), 0);
	closing_sign = amount_sign(&closing) != 0;

constant currency: the rate squared
src/mrr.c
	rate = amount_mul(&amount, &rate);
	rate = amount_mul(&rate, &rate);

constant currency: a rate of 0
src/mrr.c
	if (amount_sign(&rate) <= 0)
	if (amount_sign(&rate) < 0)

constant currency: an amount without a rate
src/mrr.c
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),

cohort_table: what gross retention divides
src/cohort_table.c
		values[12] = NumericGetDatum(amount_to_numeric(&line->money->capped));
		values[12] = NumericGetDatum(amount_to_numeric(&line->money->net));

cohort_table: by what net retention is divided
src/cohort_table.c
		values[11] = NumericGetDatum(amount_to_numeric(line->base));
		values[11] = NumericGetDatum(amount_to_numeric(&line->money->net));

compound: NULL left out
src/mrr.c
		return DirectFunctionCall3(numeric_in, CStringGetDatum("NaN"),
		return !PG_ARGISNULL(0) ? PG_GETARG_DATUM(0) : DirectFunctionCall3(numeric_in, CStringGetDatum("NaN"),

compound: negative rates
src/mrr.c
	if (amount_sign(&rate) < 0)
	if (false)

back-test: the worst are the highest scores
src/backtest.c
	return &summary->items[summary->measure == BACKTEST_SCORE ? i : summary->nitems - 1 - i];
	return &summary->items[summary->measure != BACKTEST_SCORE ? i : summary->nitems - 1 - i];

AUC: ties count whole
src/backtest.c
								2 * (int128) better + item->count[BACKTEST_KEPT]);
								2 * (int128) better + 2 * item->count[BACKTEST_KEPT]);

AUC: ties do not count
src/backtest.c
								2 * (int128) better + item->count[BACKTEST_KEPT]);
								2 * (int128) better);

lift and capture: a tie at the boundary is all in
src/backtest.c
			its = amount_mul(&its, &missing);
			its = amount_mul(&its, &customers);

lift and capture: a tie at the boundary is left out
src/backtest.c
			its = amount_mul(&its, &missing);
			its = AMOUNT_ZERO;

lift: of whole customers
src/backtest.c
	Amount		missing = amount_mul(share, &n);
	Amount		missing = amount_from_int64(DatumGetInt64(DirectFunctionCall1(numeric_int8, NumericGetDatum(amount_to_numeric(&(Amount) {amount_mul(share, &n).value, amount_mul(share, &n).scale, amount_mul(share, &n).big})))));

capture: of all ARR
src/backtest.c
	return item->arr[BACKTEST_CHURNED];
	return amount_add(&item->arr[BACKTEST_KEPT], &item->arr[BACKTEST_CHURNED]);

confusion: the cut itself is not flagged
src/backtest.c
		bool		is_flagged = summary.measure == BACKTEST_SCORE ? cmp <= 0 : cmp >= 0;
		bool		is_flagged = summary.measure == BACKTEST_SCORE ? cmp < 0 : cmp > 0;

confusion: probabilities flagged as scores
src/backtest.c
		bool		is_flagged = summary.measure == BACKTEST_SCORE ? cmp <= 0 : cmp >= 0;
		bool		is_flagged = cmp <= 0;

confusion: recall of the flagged
src/backtest.c
	values[5] = share_of(flagged[BACKTEST_CHURNED], other[BACKTEST_CHURNED], &nulls[5]);
	values[5] = share_of(flagged[BACKTEST_CHURNED], flagged[BACKTEST_KEPT], &nulls[5]);

calibration: the bin of the last customer with a value
src/backtest.c
		int32		number = 1 + (int32) (bins * below / n);
		int32		number = 1 + (int32) (bins * (below + item_customers(item) - 1) / n);

calibration: predicted by value, not by customer
src/backtest.c
		bin->values += (int128) item->value * item_customers(item);
		bin->values += (int128) item->value;

brier: outcomes exchanged
src/backtest.c
		squares += (int128) item->count[BACKTEST_CHURNED] * (rest * rest);
		squares += (int128) item->count[BACKTEST_CHURNED] * (item->value * item->value);

brier: of scores
src/backtest.c
	if (summary.measure != BACKTEST_PROBABILITY)
	if (false)

back-test: NULL churned stayed
src/backtest.c
		outcome = BACKTEST_CHURNED;
		outcome = BACKTEST_CHURNED; usable = !PG_ARGISNULL(1);

back-test: NULL ARR is 0
src/backtest.c
	if (has_arr && PG_ARGISNULL(3))
	if (has_arr && PG_ARGISNULL(3) && (fits = true, arr = 0, false))

back-test: finer scores rounded
src/backtest.c
	if (amount_cmp(&amount, &rounded) != 0)
	if (false)

back-test: scores and probabilities combined
src/backtest.c
	if (unlikely(measure != other_measure))
	if (false)

back-test: with and without ARR combined
src/backtest.c
	if (unlikely(has_arr != other_has_arr))
	if (false)

back-test: a value lost when the state grows
src/backtest.c
		*index_find(state, state_slots(state)[i].value) = i + 1;
		if (i > 0) *index_find(state, state_slots(state)[i].value) = i + 1;

drivers: mix with the sign turned round
src/drivers.c
	num = times(num, minus(times(o1, total[0].opening), times(o0, total[1].opening)));
	num = times(num, minus(times(o0, total[1].opening), times(o1, total[0].opening)));

drivers: mix by the prior rate instead of the mean
src/drivers.c
		num = plus(times(segment->side[0].kept, o1), times(segment->side[1].kept, o0));
		num = times(times(segment->side[0].kept, o1), two);

drivers: a segment of one period has the rate of the other
src/drivers.c
		num = times(segment->side[was ? 0 : 1].kept, two);
		num = times(segment->side[was ? 1 : 0].kept, two);

drivers: rate effects by the prior weight instead of the mean
src/drivers.c
		num = times(num, plus(times(o0, total[1].opening), times(o1, total[0].opening)));
		num = times(num, plus(times(o0, total[1].opening), times(o0, total[1].opening)));

drivers: rounded to 10 decimals
src/drivers.c
#define DRIVERS_DECIMALS		12
#define DRIVERS_DECIMALS		10

drivers: what rounding leaves over is dropped
src/drivers.c
	*largest = plus(*largest, left);
	;

drivers: what rounding leaves over goes to the last of equal leaves
src/drivers.c
			if (largest == NULL || amount_cmp(&this_size, &size) > 0)
			if (largest == NULL || amount_cmp(&this_size, &size) >= 0)

drivers: a NULL segment comes first
src/drivers.c
		return (x == NULL) - (y == NULL);
		return (y == NULL) - (x == NULL);

drivers: expansion in a gross rate
src/drivers.c
		if (common->metric == DRIVER_NRR)
		if (true)

drivers: a metric that varies
src/drivers.c
		if (common->known && common->metric != metric)
		if (false)

drivers: currency mix allowed
src/drivers.c
	currency_merge(&common->currency, &summary.currency);
	;

drivers: different windows in one period
src/drivers.c
			(common->t0[which] != summary.t0 || common->t1[which] != summary.t1))
			false)

drivers: a segment twice
src/drivers.c
		if (compare_segments(&segments[i - 1], &segments[i]) != 0)
		if (true)

health score: a missing signal keeps its weight
src/health.c
			if (score != NULL ? slot_add(slot, 1, w, points, 0, 0) : slot_add(slot, 0, 0, 0, 1, w))
			if (score != NULL ? slot_add(slot, 1, w, points, 0, 0) : slot_add(slot, 1, w, 0, 0, 0))

health score: a missing signal keeps its weight, on the slow path
src/health.c
		signal.missing_weight = w;
		signal.weight = w;

health score: not clamped below
src/health.c
			s = s < 0 ? 0 : highest;
			s = s < 0 ? s : highest;

health score: not clamped above
src/health.c
		if (unlikely(s < 0 || s > highest))
		if (unlikely(s < 0))

health score: not clamped on the slow path
src/health.c
	if (amount_sign(score) < 0)
	if (false)

health score: clamped scores not counted
src/health.c
				if (unlikely(clamped))
				if (false)

health score: negative weights accepted
src/health.c
		if (unlikely(w < 0))
		if (false)

health score: negative weights accepted on the slow path
src/health.c
	if (amount_sign(&w) < 0)
	if (false)

health: a signal twice accepted
src/health.c
		unlikely(state_find(state, name, length) != NULL ||
		unlikely(false ||

health: a signal twice accepted beside a large one
src/health.c
				 remainder_has(state, name, length)))
				 false))

health: a signal twice accepted in partial states
src/health.c
			(state_find(state, signal->name, length) != NULL ||
			(false ||

health: parts of a customer are customers
src/health.c
	return state_to_result(fcinfo, state_merge(state, &summary, ONE_CUSTOMER));
	return state->customers++, state_to_result(fcinfo, state_merge(state, &summary, ONE_CUSTOMER));

health: customers rolled up are one
src/health.c
	state->customers = count_add(state->customers, summary.customers);
	;

health: as much coverage as is asked for is too little
src/health.c
		if (amount_cmp(&coverage, &min_coverage) < 0)
		if (amount_cmp(&coverage, &min_coverage) <= 0)

health: coverage of what is missing
src/health.c
	PG_RETURN_NUMERIC(amount_ratio(&weight, &all));
	PG_RETURN_NUMERIC(amount_ratio(&missing_weight, &all));

drivers of health: the residual is left over
src/health.c
		drivers[largest].lost = amount_add(&drivers[largest].lost, &left);
		;

drivers of health: of equal losses the last takes the residual
src/health.c
			if (amount_cmp(&drivers[i].lost, &drivers[largest].lost) > 0)
			if (amount_cmp(&drivers[i].lost, &drivers[largest].lost) >= 0)

drivers of health: least first
src/health.c
	int			result = amount_cmp(&y->lost, &x->lost);
	int			result = amount_cmp(&x->lost, &y->lost);

drivers of health: by all weight instead of what is present
src/health.c
			drivers[i].lost = amount_from_numeric(amount_ratio(&most, &weight));
			drivers[i].lost = (missing_weight = amount_add(&missing_weight, &weight), amount_from_numeric(amount_ratio(&most, &missing_weight)));

bands and steps: a cut belongs to what it begins
src/health.c
		if (amount_cmp(x, &cut) > 0)
		if (amount_cmp(x, &cut) >= 0)

bands and steps: cuts need not ascend
src/health.c
		if (i > 0 && amount_cmp(&before, &cut) >= 0)
		if (i > 0 && amount_cmp(&before, &cut) > 0)

scale_linear: more is always better
src/health.c
		distance = amount_sub(&zero, &distance);
		;

scale_linear: not clamped at the worst
src/health.c
	if (amount_sign(&distance) < 0)
	if (false)

scale_linear: not clamped at the best
src/health.c
	else if (amount_cmp(&distance, &width) > 0)
	else if (false)

scale_logistic: the sign of the slope
src/health.c
	mid = amount_sub(&mid, &x);
	mid = amount_sub(&x, &mid);

health score: clamped scores not counted on the slow path
src/health.c
		if (clamp_score(&s))
		if (clamp_score(&s) && false)

health score: a NULL weight counts as none
src/health.c
		report_weight("NULL");
		return score_from_arg(fcinfo, argno - 1);

health: a NULL signal not counted
src/health.c
		state->skipped = count_add(state->skipped, 1);
		;

reconcile: rows of a customer are not added
src/reconcile.c
			fits = !__builtin_add_overflow(sums[i], addends[i], &sums[i]);
			sums[i] = addends[i];

reconcile: rows of a customer are not added on the slow path
src/reconcile.c
		customer_amount_add(table, &account->u.large[i], &by[i]);
		account->u.large[i] = by[i], customer_amount_keep(table, &account->u.large[i]);

reconcile: a customer of one system is in both
src/reconcile.c
			row.in |= i == OPENING_A || i == CLOSING_A ? ACCOUNT_IN_A : ACCOUNT_IN_B;
			row.in |= ACCOUNT_IN;

reconcile: opening not clamped
src/reconcile.c
			value[PART_OPENING] = Max(account->u.small[OPENING_A + 2 * side], 0);
			value[PART_OPENING] = account->u.small[OPENING_A + 2 * side];

reconcile: closing not clamped
src/reconcile.c
			value[PART_CLOSING] = Max(account->u.small[CLOSING_A + 2 * side], 0);
			value[PART_CLOSING] = account->u.small[CLOSING_A + 2 * side];

reconcile: not clamped on the slow path
src/reconcile.c
			amount[PART_CLOSING] = sign[c] > 0 ? account->u.large[c] : zero;
			amount[PART_CLOSING] = account->u.large[c];

reconcile: new customers in NRR
src/reconcile.c
			value[PART_NET] = value[PART_OPENING] > 0 ? value[PART_CLOSING] : 0;
			value[PART_NET] = value[PART_CLOSING];

reconcile: new customers in NRR on the slow path
src/reconcile.c
			amount[PART_NET] = sign[o] > 0 ? amount[PART_CLOSING] : zero;
			amount[PART_NET] = amount[PART_CLOSING];

reconcile: GRR without the cap
src/reconcile.c
			value[PART_GROSS] = Min(value[PART_OPENING], value[PART_CLOSING]);
			value[PART_GROSS] = value[PART_NET];

reconcile: clamped comes after all others
src/reconcile.c
	if (clamped)
	if (clamped && opening_cmp == 0 && closing_cmp == 0)

reconcile: churned in one, whoever had an opening
src/reconcile.c
	if (sign[OPENING_A] > 0 && sign[OPENING_B] > 0 &&
	if ((sign[OPENING_A] > 0 || sign[OPENING_B] > 0) &&

reconcile: reactivated without a closing
src/reconcile.c
	if ((sign[OPENING_A] == 0 && sign[CLOSING_A] > 0) !=
	if ((sign[OPENING_A] == 0) !=

reconcile: effects by the mean of one system
src/reconcile.c
	Amount		by_opening = cross(&a, &denominator[1], &b, &denominator[0]);
	Amount		by_opening = cross(&a, &denominator[1], &a, &denominator[1]);

reconcile: what rounding leaves over is dropped
src/reconcile.c
	effects[largest] = amount_add(&effects[largest], &left);
	;

reconcile: what rounding leaves over goes to the last of equal effects
src/reconcile.c
		if (largest < 0 || amount_cmp(&this_size, &size) > 0)
		if (largest < 0 || amount_cmp(&this_size, &size) >= 0)

reconcile: examples with the smallest effects
src/reconcile.c
	int			result = amount_cmp(&b->effect, &a->effect);
	int			result = amount_cmp(&a->effect, &b->effect);

reconcile: examples by the effect without its sign forgotten
src/reconcile.c
		example.effect = absolute(amount_sub(&net, &example.effect));
		example.effect = amount_sub(&net, &example.effect);

reconcile: examples told apart by an estimate
src/reconcile.c
		double		error = 1e-12 * (fabs(by_net) + fabs(by_opening));
		double		error = -1e-12 * (fabs(by_net) + fabs(by_opening));

reconcile: examples in any order of names
src/reconcile.c
			if (strcmp(example.customer, last->customer) > 0)
			if (true)

reconcile: rows without a customer are dropped
src/reconcile.c
	collector->tally[CAUSE_UNKNOWN].customers = state->unknown;
	;

reconcile: customers that neither system knows are the same
src/reconcile.c
	else if (row.in == 0)
	else if (false)

keys: as the last row writes them
src/customer_table.c
	if (unlikely(bytes_come_before(other->data, other->size, kept->data, kept->size)))
	if (true)

keys: as the last part writes them
src/customer_table.c
			else if (unlikely(entry_comes_before(arena, entry, &customers[i].key)))
			else if (true)

fit: the intercept is penalised
src/health_fit.c
	for (int i = 1; i < size; i++)
	for (int i = 0; i < size; i++)

fit: no penalty
src/health_fit.c
		model->gradient[i] -= ridge * model->trial[i];
		;

fit: standard deviation of a sample
src/health_fit.c
			double		variance = squares / customers - shift * shift;
			double		variance = squares / (customers - 1) - shift * shift;

fit: models know whom they are tested on
src/health_fit.c
				if (!model->done && model->left_out != place % FIT_FOLDS)
				if (!model->done)

fit: predictions of different models compared
src/health_fit.c
			data[0] = numbers[i];
			data[0] = numbers[i] > 0;

fit: AUC without ties
src/health_fit.c
							2 * (int128) pairs->kept + pairs->kept_here);
							2 * (int128) pairs->kept);

fit: weight of what drives away
src/health_fit.c
		sum += Max(-standardised[i], 0);
		sum += fabs(standardised[i]);

fit: what rounding of weights leaves is dropped
src/health_fit.c
		hundredths[largest] += left;
		;

fit: NaN let through
src/health_fit.c
		if (isnan(x) || isinf(x))
		if (false)

fit: an unknown signal is 0
src/health_fit.c
			complete = false;
			put_double(key + i * sizeof(x), 0);

fit: ridge varies
src/health_fit.c
	if (unlikely(state->ridge != ridge))
	if (false)

fit: probability of staying
src/health_fit.c
		eta += c[i] * x[i];
		eta -= c[i] * x[i];

NULL customer (keyed form): not counted by retention_agg_by
src/retention_by.c
		state->skipped = count_add(state->skipped, 1);
		;

NULL customer (keyed form): both NULL used by retention_agg_by
src/retention_by.c
	if (PG_ARGISNULL(1) || (opening == NULL && closing == NULL))
	if (PG_ARGISNULL(1))

NULL closing (keyed form): skipped by retention_agg_by
src/retention_by.c
	if (PG_ARGISNULL(1) || (opening == NULL && closing == NULL))
	if (PG_ARGISNULL(1) || closing == NULL)

negative MRR (keyed form): an opening clamped before it is added
src/retention_by.c
		row.scale = state->scale;
		row.scale = state->scale; row.opening.value = Max(row.opening.value, 0);

negative MRR (keyed form): a closing clamped before it is added
src/retention_by.c
		row.scale = state->scale;
		row.scale = state->scale; row.closing.value = Max(row.closing.value, 0);

same customer twice (keyed form): the opening of the last row
src/retention_by.c
				   !__builtin_add_overflow(o, x, &o) &&
				   ((o = x), true) &&

same customer twice (keyed form): the closing of the last row
src/retention_by.c
				   !__builtin_add_overflow(c, y, &c)))
				   ((c = y), true)))

same customer twice (keyed form): large amounts replaced
src/retention_by.c
	customer_amount_add(table, &pair->u.large->closing, closing);
	;

seen (keyed form): of the last row
src/retention_by.c
								   seen || (pair->form & PAIR_SEEN) != 0);
								   seen);

seen (keyed form): NULL means yes
src/retention_by.c
	row.seen = PG_NARGS() > 4 && !PG_ARGISNULL(4) && PG_GETARG_BOOL(4);
	row.seen = PG_NARGS() > 4 && (PG_ARGISNULL(4) || PG_GETARG_BOOL(4));

currency mix (keyed form): the last one
src/retention_by.c
		currency_merge(&state->currency, &currency);
		state->currency = currency;

cap per customer (keyed form): second moments of the larger
src/retention_by.c
	g = Min(o, c);
	g = Max(o, c);

negative MRR (keyed form): closing not clamped in second moments
src/retention_by.c
	c = Max(c, 0);
	;

cap per customer (keyed form): second moments of large amounts not capped
src/retention_by.c
	const Amount *capped = amount_cmp(clamped, o) < 0 ? clamped : o;
	const Amount *capped = clamped;

NULL customer (keyed form): not counted by mrr_movements_agg
src/movements_by.c
		(segment == 0 ? use_null(state) : &state->names[segment])->skipped++;
		;

negative MRR (keyed form): a snapshot clamped before it is added
src/movements_by.c
	row.amount.value = (int64) value;
	row.amount.value = Max((int64) value, 0);

same customer twice (keyed form): the last snapshot of a month
src/movements_by.c
		value = VALUE_MAKE(sum, VALUE_DAY(value));
		;

daily snapshots added up (keyed form)
src/movements_by.c
		if (unlikely(VALUE_DAY(old) != VALUE_DAY(value)))
		if (false)

segment moved: at closing instead of opening
src/movements_by.c
		id = months->segments[opening];
		id = months->segments[closing_sign > 0 ? closing : opening];

segment moved: nowhere without an opening
src/movements_by.c
		id = months->segments[closing];
		id = 0;

segment moved: two in a month
src/movements_by.c
		if (segmented && unlikely(dense_segments(series)[offset] != segment))
		if (false)

segment without MRR left out
src/movements_by.c
		if (homed ? collector.segments[id].used : state->names[id].used)
		if (collector.segments[id].paid || (homed ? collector.segments[id].skipped : state->names[id].skipped) > 0)

seen (keyed form): until the closing instead of the opening
src/movements_by.c
				seen_from = period + span;
				seen_from = period;

seen (keyed form): until the closing, by months
src/movements_by.c
										first_paid >= 0 && i >= first_paid + span, 1);
										first_paid >= 0, 1);

quarter/year value (keyed form): the first month instead of the last
src/movements_by.c
		if (step.unit == GRAIN_MONTH || period_of_month(step, month + 1) != period)
		if (step.unit == GRAIN_MONTH || period_of_month(step, month - 1) != period)

annual vs monthly (keyed form): step and span vary in a group
src/movements_by.c
			 state->options->span != span_months)
			 false)

NULL customer (keyed form): not counted by cohort_retention
src/cohort_retention.c
		state->skipped++;
		;

time zone: cohort_retention reads UTC
src/cohort_retention.c
		date = get_zoned_date(state->options, PG_GETARG_TIMESTAMPTZ(2));
		date = date_from_timestamp(PG_GETARG_TIMESTAMPTZ(2));

time zone: a day of 23 hours taken for one of 24
src/cohort_retention.c
	if (found == 0 || (found > 0 && boundary >= from + SECS_PER_DAY))
	if (true)

time zone: east for west
src/calendar.c
			zone->shift = offset * USECS_PER_SEC;
			zone->shift = -offset * USECS_PER_SEC;

retention kind: on_or_after is on
src/cohort_table.c
	*reached = cursor->reached;
	*reached = 0;

retention kind: previous of the cohort
src/cohort_table.c
	return kind == KIND_PREVIOUS ? before : eligible;
	return eligible;

retention kind: on_or_after before the last activity, customers who may come back
src/cohort_table.c
		low = Max(low, cell->active - others);
		;

retention kind: on_or_after before the last activity, not refused
src/cohort_table.c
		if (low != high)
		if (false)

left edge: the first cohort is not flagged
src/cohort_table.c
	return cohort <= first;
	return cohort < first;

left edge: flagged where the start date is given
src/cohort_table.c
	if (reader->matrix.shape.basis == COHORT_DATE)
	if (false)

left edge: in the curve
src/cohort_table.c
	if (!line->first_observed || !reader->skip_first)
	if (true)

partial period taken for complete
src/cohort_table.c
			line.complete = offset < width || period_end(grain, end) <= end_day;
			line.complete = true;

curve mean: of those who are not old enough, too
src/cohort_table.c
	point->eligible += line->eligible;
	point->eligible += line->size;

calendar vs rolling: windows that are not over
src/cohort_table.c
				if (row->cohort + (offset + 1) * age_days - 1 > end_day)
				if (row->cohort + offset * age_days > end_day)

zero-revenue activity: a customer who pays nothing is active
src/cohort.c
		is_active = amount_sign(&money.net) > 0;
		is_active = true;

counts of cohorts above one byte
src/cohort.c
		if ((in[0] | in[1] | in[2]) >= 0x80)
		if (false)

counts of cohorts above one byte, packed
src/codec.h
	if (all > 0x7F)
	if (false)

merging dollar cohorts: a month without anybody between others
src/cohort.c
		if (active > 0 && (now_active == 0 || offset > next))
		if (active > 0 && now_active == 0)

merging dollar cohorts: who left is gone after the last month
src/cohort.c
		if (active > 0 && (now_active == 0 || offset > next))
		if (active > 0 && now_active > 0 && offset > next)

merging dollar cohorts: amounts beyond 128 bits
src/cohort.c
	if (!amount_fits(amount, scale, &value))
	if (!amount_fits(amount, scale, &value) && false)

cap per customer: gross retention of dollar cohorts not capped
src/cohort.c
		money.capped = amount_cmp(&money.net, &base) > 0 ? base : money.net;
		money.capped = money.net;

negative MRR: not clamped in dollar cohorts
src/cohort.c
		if (amount_sign(&money.net) < 0)
		if (false)

currency mix in dollar cohorts
src/cohort.c
	currency_merge(&state->currency, &history.currency);
	;

a cohort date of one's own: what was before it counts
src/cohort.c
			bits = offset < -ACTIVITY_FOLLOWING ? 0 : bits >> -offset;
			;

A day of usage without rows is skipped
src/usage.c
	return summary->known ? Max((int64) as_of - summary->first + 1, 0) : 0;
	return summary->known ? Max((int64) Min(as_of, summary->last) - summary->first + 1, 0) : 0;

A drop judged by level alone
src/usage.c
	return amount_add(&noise, &level);
	return level;

A drop judged by noise alone
src/usage.c
	return amount_add(&noise, &level);
	return amount_sign(&noise) ? noise : level;

Noise around one median only
src/usage.c
		const Amount *median = i < nbefore ? &shift->twice_before : &shift->twice_after;
		const Amount *median = &shift->twice_before;

A drop with the wrong sign
src/usage.c
	drop = times(&shift.rise, -SHIFT_FACTOR);
	drop = times(&shift.rise, SHIFT_FACTOR);

A drop from nothing
src/usage.c
	if (amount_sign(&shift.twice_before) == 0)
	if (amount_sign(&shift.scale) == 0)

Shifts of three weeks
src/usage.c
#define LEAST_WEEKS		4
#define LEAST_WEEKS		3

Shifts over a year on each side
src/usage.c
#define WINDOW_WEEKS	26
#define WINDOW_WEEKS	52

Shifts that miss the last week
src/usage.c
		if (k - 1 + WINDOW_WEEKS < n)
		if (k + WINDOW_WEEKS < n)

The first of equal shifts
src/usage.c
(best->k == 0 || place_cmp(place, best) >= 0))
(best->k == 0 || place_cmp(place, best) > 0))

The first of equal dates of a shift
src/usage.c
(result == 0 || amount_cmp(&excess, &least) <= 0))
(result == 0 || amount_cmp(&excess, &least) < 0))

A shift dated where it is strongest
src/usage.c
			week = shift_week(weeks, &best, &shift);
			week = shift_week(weeks, &best, &shift) > 0 ? best.k : 0;

A slope from the day after
src/usage.c
		int64		x = n - 1 - ((int64) as_of - day->day);
		int64		x = n - ((int64) as_of - day->day);

Usage after as_of counts as the newest
src/usage.c
		week = weeks - 1 - ((int64) as_of - day->day) / 7;
		week = weeks - 1 - ((int64) as_of - day->day + 6) / 7;

Usage may be below zero
src/usage.c
	if (usage < 0)
	if (usage > 0 && usage < 0)

A row of zero is no row
src/usage.c
	if (!*known || day < *first)
	if (!*known && day < *first)

A skipped row of usage is not counted
src/usage.c
		state->skipped = count_add(state->skipped, 1);
		;

forecast: a score between bins is in the upper one
src/forecast.c
		if (amount_cmp(&low, score) > 0)
		if (i > 0 && (low = backtest_value_amount(measure, bins[i - 1].high), amount_cmp(&low, score) >= 0))

forecast: what is lost instead of what is renewed
src/forecast.c
		Amount		kept = amount_from_int64(bin->count[BACKTEST_KEPT]);
		Amount		kept = amount_from_int64(bin->count[BACKTEST_CHURNED]);

forecast of a portfolio: the rate's uncertainty is independent by contract
src/forecast.c
			below += part * (high - rate) * part * (high - rate) + variance;
			below += variance;

forecast of a portfolio: limits of the rate exchanged
src/forecast.c
			above += part * (rate - low) * part * (rate - low) + variance;
			above += part * (high - rate) * part * (high - rate) + variance;

forecast of a portfolio: rates are certain
src/forecast.c
			double		center = (bin->count[BACKTEST_CHURNED] + z2 / 2) / (n + z2);
			double		center = rate;

forecast of a portfolio: more than is due
src/forecast.c
		values[2] = Float8GetDatum(Min(middle + all * sqrt(above), all));
		values[2] = Float8GetDatum(middle + all * sqrt(above));

forecast of a portfolio: back-tests vary
src/forecast.c
			 memcmp(state->backtest, backtest, VARSIZE(backtest)) != 0)
			 false)

forecast of a portfolio: NULL ARR is 0
src/forecast.c
	if (PG_ARGISNULL(2) || PG_ARGISNULL(3))
	if (PG_ARGISNULL(2))

who may act as the owner of a metric view
src/metric_view.c
	if (!has_privs_of_role(GetUserId(), owner))
	if (false)

who may ask about a metric view
src/metric_view.c
	if (pg_class_aclcheck(view, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
	if (false)

work on a metric view is its owner's
src/metric_view.c
	SetUserIdAndSecContext(owner, context | SECURITY_RESTRICTED_OPERATION);
	SetUserIdAndSecContext(user, context | SECURITY_RESTRICTED_OPERATION);

dirty: a customer that a row leaves
src/metric_track.c
	if ((call->tg_oldtable && !collect_customers(tracker, call, function, call->tg_oldtable, customers, &null, &most)) ||
	if ((call->tg_oldtable && false) ||

dirty: a customer that a row enters
src/metric_track.c
		(call->tg_newtable && !collect_customers(tracker, call, function, call->tg_newtable, customers, &null, &most)))
		(call->tg_newtable && false))

dirty: more than 1 % is all
src/metric_track.c
			tracked->most = isnull ? FEW_CUSTOMERS : Max(DatumGetInt64(value) / 100, FEW_CUSTOMERS);
			tracked->most = isnull ? FEW_CUSTOMERS : Max(DatumGetInt64(value), FEW_CUSTOMERS);

dirty: 20 are not all
src/metric_track.c
		if (!known && customers->members + *null > *most)
		if (!known && customers->members + *null >= *most)

dirty: more than 20, but less than 1 %
src/metric_track.c
			few = tracked.most > *most;
			few = false;

dirty: an unknown customer counts
src/metric_track.c
		if (!known && customers->members + *null > *most)
		if (!known && customers->members > *most)

dirty: an unknown customer is noted
src/metric_track.c
			*null = true;
			*null = false;

dirty: a statement that changed nothing
src/metric_track.c
	if (customers->members + null == 0)
	if (false)

dirty: TRUNCATE
src/metric_track.c
	if (TRIGGER_FIRED_BY_TRUNCATE(call->tg_event))
	if (false)

dirty: the text of a date
src/metric_track.c
		tracker->styled = is_styled(type);
		tracker->styled = false;

dirty: the settings of whoever writes
src/metric_track.c
	set_for_this_call("search_path", "pg_catalog, pg_temp");
	set_for_this_call("work_mem", "4096");

dirty: as the owner
src/metric_track.c
	SetUserIdAndSecContext(tracker->owner, context | SECURITY_RESTRICTED_OPERATION);
	SetUserIdAndSecContext(user, context | SECURITY_RESTRICTED_OPERATION);

dirty: with no way back
src/metric_track.c
	SetUserIdAndSecContext(tracker->owner, context | SECURITY_RESTRICTED_OPERATION);
	SetUserIdAndSecContext(tracker->owner, context);

trigger: a definition of another type
src/metric_track.c
	if (table->rd_rel->relkind == RELKIND_RELATION && OidIsValid(type) && table->rd_rel->reloftype == type &&
	if (table->rd_rel->relkind == RELKIND_RELATION && OidIsValid(type) &&

trigger: a definition with policies
src/metric_track.c
		!table->rd_rel->relrowsecurity)
		true)

trigger: where the definition has changes noted
src/metric_track.c
			if (attribute_oid(slot, "dirty") != dirty || !list_member_oid(tracked->relations, source))
			if (!list_member_oid(tracked->relations, source))

trigger: a table that is not the source
src/metric_track.c
			if (attribute_oid(slot, "dirty") != dirty || !list_member_oid(tracked->relations, source))
			if (attribute_oid(slot, "dirty") != dirty)

trigger: what the definition says now
src/metric_track.c
			if (!table_tuple_satisfies_snapshot(table, slot, snapshot))
			if (false)

trigger: a part of the source
src/metric_track.c
			found = list_append_unique_oid(found, ((Form_pg_inherits) GETSTRUCT(tuple))->inhparent);
			found = list_append_unique_oid(found, ((Form_pg_inherits) GETSTRUCT(tuple))->inhrelid);

trigger: the source or the dimensions
src/metric_track.c
	tracker->for_dimensions = strcmp(trigger->tgargs[0], "dimensions") == 0;
	tracker->for_dimensions = false;

trigger: a table that is not the owner's
src/metric_track.c
		fits = class->relkind == RELKIND_RELATION && class->relowner == owner;
		fits = class->relkind == RELKIND_RELATION;

trigger: a relation that is not a table
src/metric_track.c
		fits = class->relkind == RELKIND_RELATION && class->relowner == owner;
		fits = class->relowner == owner;

trigger: the customer by number
src/metric_track.c
	if (number_of && number && atooid(number_of) == source)
	if (false)

trigger: the customer by name in another table
src/metric_track.c
	if (number_of && number && atooid(number_of) == source)
	if (number_of && number)

trigger: no system column
src/metric_track.c
	return Max(column, InvalidAttrNumber);
	return column;

trigger: what changed is looked at again
src/metric_track.c
			tracker->valid = false;
			tracker->valid = true;

trigger: a column that is gone is looked for again
src/metric_track.c
	tracker->valid = before == invalidations && tracker->customer != InvalidAttrNumber;
	tracker->valid = before == invalidations;

trigger: a plan for names that are gone
src/metric_track.c
	if (!tracker->insert || !SPI_plan_is_valid(tracker->insert))
	if (!tracker->insert)

trigger: dropped by the owner of the metric view
src/metric_track.c
	if (!has_privs_of_role(GetUserId(), owner))
	if (false)

trigger: only those that refer to the definition are dropped
src/metric_track.c
	if (entry->classid != TriggerRelationId || entry->deptype != DEPENDENCY_NORMAL)
	if (entry->classid != TriggerRelationId)

tracking: a trigger that never fires
sql/metric_view.sql
		WHERE pg_get_expr(p.tgqual, 0) = always
		WHERE true

tracking: the fingerprint without triggers
sql/metric_view.sql
	format('%s(%s)(%s)(%s)', r.oid, r.triggers, r.policies, r.customer)
	format('%s()(%s)(%s)', r.oid, r.policies, r.customer)

tracking: disabled triggers
sql/metric_view.sql
	ELSIF r.noted <> 60 THEN
	ELSIF false THEN

tracking: another table under the name of the source
sql/metric_view.sql
	ELSIF to_regclass(def.source_name) <> def.source THEN
	ELSIF false THEN

a bucket that a customer left
sql/metric_view.sql
	AS bucket%1$s FROM gone UNION
	AS bucket%1$s FROM gone WHERE false UNION

a bucket that a customer entered
sql/metric_view.sql
	%1$s FROM put) AS p
	%1$s FROM put WHERE false) AS p

buckets of a metric view that grew
sql/metric_view.sql
	group_count) > 2 * def.bucket_count THEN
	group_count) > 999999 * def.bucket_count THEN

a bucket that nobody is in any more
sql/metric_view.sql
	USING new AS n WHERE n.stale AND
	USING new AS n WHERE false AND

a value that a customer has no more
sql/metric_view.sql
	AND NOT EXISTS (SELECT FROM new AS n WHERE %5$s = %6$s)
	AND NOT EXISTS (SELECT FROM new AS n)

a value that comes out as before
sql/metric_view.sql
	'WHERE ROW(c.*)::record *<> ROW(excluded.*)::record RETURNING slot%1$s) '
	'RETURNING slot%1$s) '

rows of all groups when the time observed changed
sql/metric_view.sql
	IF all_rows OR before <> after THEN
	IF all_rows THEN

rows of the groups that changed
sql/metric_view.sql
	SELECT * FROM gone UNION SELECT * FROM put) AS g'
	SELECT * FROM gone UNION SELECT * FROM put LIMIT 1) AS g'

rows of a metric view that there are no more
sql/metric_view.sql
	'WHEN MATCHED AND n.stale THEN DELETE '
	'WHEN MATCHED AND n.stale THEN DO NOTHING '

rows of a metric view that come out otherwise
sql/metric_view.sql
	'WHERE t.ctid IS NULL OR n.stale IS NULL OR ROW(%7$s)::record *<> ROW(%8$s)::record) AS n ON
	'WHERE t.ctid IS NULL OR n.stale IS NULL OR false) AS n ON

rows of a metric view that come out as before
sql/metric_view.sql
	'WHERE t.ctid IS NULL OR n.stale IS NULL OR ROW(%7$s)::record *<> ROW(%8$s)::record) AS n ON
	') AS n ON

a quarter of revenue cohorts whose last month is not there
sql/metric_view.sql
	IF def.kind = 'revenue_cohort' AND NOT
	IF false AND NOT

two refreshes at a time
sql/metric_view.sql
	AND NOT pg_try_advisory_xact_lock(hashtext('ccx metric view'), view::oid::int4) THEN
	AND false THEN

a failed refresh is recorded
sql/metric_view.sql
		def.status := 'failed';
		def.status := 'refreshed';

the ledger never changes
sql/metric_ledger.sql
	CREATE TRIGGER frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON
	CREATE TRIGGER frozen BEFORE UPDATE OR TRUNCATE ON

periods that are not over are not closed
sql/metric_ledger.sql
	IF ccx.period_end(period, def.options ->> 'step') >= def.as_of THEN
	IF false THEN

publishing: only what is small, no complements
sql/publish.sql
	gone AS (SELECT g, %2$s FROM level AS l JOIN chosen AS s USING (g) WHERE l.level <= s.level)
	gone AS (SELECT g, %2$s FROM small)

publishing: one value of a dimension
sql/publish.sql
	FILTER (WHERE small) OVER (PARTITION BY g), 2), 0)
	FILTER (WHERE small) OVER (PARTITION BY g), 1), 0)

publishing: what is hidden may be small together
sql/publish.sql
	AND s.hidden BETWEEN 1 AND %3$s AND
	AND s.hidden BETWEEN 1 AND 0 AND

publishing: periods of movements hang together
sql/publish.sql
	CASE WHEN def.kind IN ('movements', 'usage', 'health') THEN 'date ''epoch'''
	CASE WHEN def.kind IN ('health') THEN 'date ''epoch'''

publishing: k itself is shown, one less is not
sql/publish.sql
	WHERE x BETWEEN 1 AND %s)', k - 1);
	WHERE x BETWEEN 1 AND %s)', k - 2);

publishing: customers that are gone from a cohort
sql/publish.sql
		WHEN 'cohort' THEN 'c.active, c.eligible - c.active, c.cohort_size - c.eligible'
		WHEN 'cohort' THEN 'c.active, c.eligible, c.cohort_size - c.eligible'

publishing: customers that neither grew nor shrank
sql/publish.sql
			'c.retained_customers - c.expansion_customers - c.contraction_customers' END);
			'c.retained_customers' END);

publishing: the rest of a share
sql/publish.sql
			WHEN '1-5' THEN 'c.satisfied, c.responses - c.satisfied'
			WHEN '1-5' THEN 'c.satisfied, c.responses'

publishing: conditions of readers
sql/publish.sql
	|| ' OFFSET 0';
	|| '';

publishing: functions of readers
sql/publish.sql
	WITH (security_barrier = true)
	WITH (security_barrier = false)
END
}

# ---------------------------------------------------------------- one mutation

# apply FILE FROM TO: replace the one line of a file that has FROM in it
apply()
{
	FROM=$(printf '%s' "$2" | sed 's/^[[:space:]]*//') TO=$3 awk '
		index($0, ENVIRON["FROM"]) {
			found++
			at = index($0, ENVIRON["FROM"])
			$0 = substr($0, 1, at - 1) ENVIRON["TO"] substr($0, at + length(ENVIRON["FROM"]))
		}
		{ print }
		END { exit found != 1 }' "$1"
}

# build_and_install FILE: what comes from the file, where the server looks for it
build_and_install()
{
	case $1 in
		sql/*)
			ccx_as_user make -s -C "$CCX_COPY" with_llvm=no "$install_script" >"$CCX_SCRATCH/build.log" 2>&1 &&
				cp "$CCX_COPY/$install_script" "$CCX_DEST$("$PG_CONFIG" --sharedir)/extension/" &&
				psql -X -q -d postgres -c 'DROP DATABASE IF EXISTS pristine' -c 'CREATE DATABASE pristine' >/dev/null 2>&1 &&
				psql -X -q -d pristine -c 'CREATE EXTENSION ccx' >"$CCX_SCRATCH/build.log" 2>&1
			return
			;;
	esac
	ccx_as_user make -s -C "$CCX_COPY" COPT=-O0 with_llvm=no ccx.so >"$CCX_SCRATCH/build.log" 2>&1 &&
		cp "$CCX_COPY/ccx.so" "$library/ccx.so.new" &&
		mv "$library/ccx.so.new" "$library/ccx.so"
}

# first_difference NAME: run a test of pg_regress; the block in which it fails, if it does
first_difference()
{
	expected=$CCX_COPY/expected/$1.out
	(
		cd "$CCX_SCRATCH" || exit
		PGTZ=PST8PDT PGDATESTYLE='Postgres, MDY' \
			PGOPTIONS="-c intervalstyle=postgres_verbose -c statement_timeout=${patience}s" \
			PG_ABS_BUILDDIR=$CCX_SCRATCH timeout $((4 * patience)) psql -X -a -q -d mutated <"$CCX_COPY/test/sql/$1.sql" >"$CCX_SCRATCH/out" 2>&1 || :
	)
	awk -v test="$1" '
		NR == FNR { got[FNR] = $0; lines = FNR; next }
		/^\\echo / { block = substr($0, 7); gsub(/^.-- |.$/, "", block) }
		FNR > lines || got[FNR] != $0 { found = 1; exit }
		END { if (found || FNR < lines) print test (block == "" ? "" : ": " block) }' "$CCX_SCRATCH/out" "$expected"
}

# tests_for FILE: all of them, first the one that is about the file
tests_for()
{
	case $1 in
		none) set -- none "$tests $sql_tests" ;;
		sql/* | src/metric_view.c | src/metric_track.c) set -- "$1" "$sql_tests" ;;
		*) set -- "$1" "$tests" ;;
	esac
	case $1 in
		src/movements_by.c | src/retention_by.c) first=one_pass ;;
		src/cohort_retention.c) first=customer_table ;;
		src/cohort_table.c) first=cohort ;;
		*)
			first=$(basename "$1" .c)
			first=$(basename "$first" .sql)
			;;
	esac
	for test in $2; do
		if [ "$test" = "$first" ]; then
			echo "$test"
		fi
	done
	for test in $2; do
		if [ "$test" != "$first" ]; then
			echo "$test"
		fi
	done
}

# comparison_for FILE: that of ccx and the oracle which is about the file
comparison_for()
{
	case $1 in
		src/activity.c | src/cohort*.c | src/customer_table.c | src/movements_by.c) echo cohorts_compare.sql ;;
		src/backtest.c | src/drivers.c | src/reconcile.c) echo proof_compare.sql ;;
		src/calendar.c | src/period.c) echo calendar_compare.sql ;;
		src/duration.c | src/economics.c | src/renewal.c | src/stage_funnel.c | src/survey.c) echo voice_compare.sql ;;
		src/forecast.c | src/health.c | src/usage.c) echo health_compare.sql ;;
		src/retention_interval.c | src/stats.c) echo interval_compare.sql ;;
		*) echo compare.sql ;;
	esac
}

# caught_by [FILE]: the test that notices that something changed in a file, or nothing
caught_by()
{
	# a test may have ended with the server
	until psql -X -q -d postgres -c 'SELECT 1' >/dev/null 2>&1; do
		sleep 0.2
	done
	psql -X -q -d postgres -c 'DROP DATABASE IF EXISTS mutated' -c 'CREATE DATABASE mutated TEMPLATE pristine' >/dev/null 2>&1
	# or before it dropped its roles
	psql -X -q -At -d postgres -c "SELECT format('DROP ROLE %I', rolname) FROM pg_roles WHERE rolname LIKE 'regress%'" | psql -X -q -d postgres
	for test in $(tests_for "${1:-none}"); do
		found=$(first_difference "$test")
		if [ -n "$found" ]; then
			printf '%s\n' "$found"
			return
		fi
	done
	case ${1:-} in '' | sql/* | src/metric_view.c | src/metric_track.c) return 0 ;; esac
	comparison=$(comparison_for "$1")
	psql -X -q -At -v ON_ERROR_STOP=1 -d mutated -f "$CCX_COPY/test/oracle/$comparison" >"$CCX_SCRATCH/out" 2>&1 || :
	if grep -q 'ERROR' "$CCX_SCRATCH/out"; then
		echo "the oracle: $comparison"
	fi
}

# ---------------------------------------------------------------- the run

CCX_TOP=$(cd "$(dirname "$0")/.." && pwd)
. "$CCX_TOP/test/lib.sh"

words=$*
wanted()
{
	[ -n "$words" ] || return 0
	for word in $words; do
		case $1 in *"$word"*) return 0 ;; esac
	done
	return 1
}

ccx_packages
ccx_scratch

# each line must be there, once, before anything is built
bad=0
mutations >"$CCX_SCRATCH/mutations"
while IFS= read -r name && IFS= read -r file && IFS= read -r from && IFS= read -r to; do
	IFS= read -r blank || :
	if [ -n "$blank" ]; then
		ccx_die "mutations are four lines each, and an empty one between them: $blank"
	fi
	if ! apply "$CCX_COPY/$file" "$from" "$to" >/dev/null; then
		echo "not ok - $name: not exactly once in $file: $from"
		bad=1
	fi
done <"$CCX_SCRATCH/mutations"
[ "$bad" = 0 ] || exit 1

ccx_build "$CCX_COPY" COPT=-O0 with_llvm=no || ccx_die "the build failed"
library=$CCX_DEST$("$PG_CONFIG" --pkglibdir)
install_script=ccx--$(sed -n "s/^default_version *= *'\(.*\)'/\1/p" "$CCX_COPY/ccx.control").sql
ccx_as_user mkdir "$CCX_SCRATCH/results" "$CCX_SCRATCH/output"
ccx_server_start 'log_min_messages=panic'
psql -X -q -d postgres -c 'CREATE DATABASE pristine'
psql -X -q -d pristine -c 'CREATE EXTENSION ccx'

# A mutation may never end. How long is that? On a busy machine longer.
patience=300
started=$(date +%s)
found=$(caught_by)
patience=$((20 + $(date +%s) - started))
[ -z "$found" ] || ccx_die "without any mutation the tests fail already: $found"
echo "ok - without a mutation: $tests $sql_tests"

tried=0
survived=0
while IFS= read -r name && IFS= read -r file && IFS= read -r from && IFS= read -r to; do
	IFS= read -r blank || :
	wanted "$name $file" || continue
	tried=$((tried + 1))
	cp -p "$CCX_COPY/$file" "$CCX_SCRATCH/original"
	apply "$CCX_SCRATCH/original" "$from" "$to" >"$CCX_SCRATCH/mutant" || :
	cat "$CCX_SCRATCH/mutant" >"$CCX_COPY/$file"
	if ! build_and_install "$file"; then
		cat "$CCX_SCRATCH/build.log"
		survived=$((survived + 1))
		echo "not ok - $name: does not compile"
	elif found=$(caught_by "$file") && [ -n "$found" ]; then
		echo "ok - $name: caught by $found"
	else
		survived=$((survived + 1))
		echo "not ok - $name: survives"
	fi
	cat "$CCX_SCRATCH/original" >"$CCX_COPY/$file"
	case $file in sql/*) build_and_install "$file" ;; esac
done <"$CCX_SCRATCH/mutations"

echo "# $tried mutations, $survived survived"
[ "$tried" -gt 0 ] || ccx_die "no mutation has such a name: $words"
[ "$survived" = 0 ]
