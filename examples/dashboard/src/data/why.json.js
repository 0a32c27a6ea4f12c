import {send} from "./db.js";

await send("why", {
  // the rate before and now, and the sum of each effect: they add up to the change, digit for digit
  moves: `
    SELECT id, span, period, compare, split, within, metric, period_name(period, span) AS name,
           period_name(prior, span) AS prior_name, rate_before, rate_now, change, mix, expansion, contraction, churn
    FROM driver_move ORDER BY id`,

  // the same as steps from the rate before to the rate now
  steps: `
    WITH step AS (
      SELECT id, s.*
      FROM driver_move,
           LATERAL (VALUES (1, 'Before', rate_before), (2, 'Mix', mix), (3, 'Expansion', expansion),
                           (4, 'Contraction', contraction), (5, 'Churn', churn)) AS s (ordinal, step, effect)
      UNION ALL SELECT id, 6, 'Now', rate_now FROM driver_move
    )
    SELECT id, step, round(effect, 6) AS effect, round(CASE WHEN ordinal IN (1, 6) THEN 0 ELSE level - effect END, 6) AS low,
           round(CASE ordinal WHEN 6 THEN effect ELSE level END, 6) AS high
    FROM (SELECT *, sum(effect) OVER (PARTITION BY id ORDER BY ordinal) AS level FROM step) AS s
    ORDER BY id, ordinal`,

  parts: `
    SELECT id, segment AS part, round(weight_prior, 6) AS weight_prior, round(weight_current, 6) AS weight_now,
           round(rate_prior, 6) AS rate_prior, round(rate_current, 6) AS rate_now, round(mix_effect, 6) AS mix,
           round(expansion_effect, 6) AS expansion, round(contraction_effect, 6) AS contraction,
           round(churn_effect, 6) AS churn, round(total_effect, 6) AS total
    FROM driver, LATERAL unnest(parts) ORDER BY id, abs(total_effect) DESC, segment`,

  // the accounts behind it: five each way
  movers: `
    SELECT span, period, segment, name, opening, closing, change, movement
    FROM mover ORDER BY span, period, segment, change, customer`
});
