# Written by lookml.sql from the metric view; change that and write it again.
view: ces {
  sql_table_name: metrics.ces ;;

  dimension_group: period {
    label: "Period"
    description: "first day of the period of the answers, key"
    type: time
    timeframes: [raw, date, month, quarter, year]
    datatype: date
    convert_tz: no
    sql: ${TABLE}.period ;;
  }

  dimension: segment {
    label: "Segment"
    description: "dimension, key; (none) where the source has NULL"
    type: string
    sql: ${TABLE}.segment ;;
  }

  dimension: is_complete {
    label: "Is Complete"
    description: "whether the period was over at the last refresh"
    type: yesno
    sql: ${TABLE}.is_complete ;;
  }

  measure: responses {
    label: "Responses"
    description: "answers"
    type: number
    value_format_name: decimal_0
    sql: sum(${TABLE}.responses) ;;
    drill_fields: [detail*]
  }

  measure: score_total {
    label: "Score Total"
    description: "sum of all answers: numerator of ces"
    type: number
    value_format_name: decimal_0
    sql: sum(${TABLE}.score_total) ;;
    drill_fields: [detail*]
  }

  measure: easy {
    label: "Easy"
    description: "answers of 5 and more: numerator of ces_easy"
    type: number
    value_format_name: decimal_0
    sql: sum(${TABLE}.easy) ;;
    drill_fields: [detail*]
  }

  measure: ces {
    label: "CES"
    description: "mean answer from 1 to 7; does not add up over rows"
    type: number
    value_format_name: decimal_2
    sql: sum(${TABLE}.score_total) / nullif(sum(${TABLE}.responses), 0) ;;
    drill_fields: [detail*]
  }

  measure: ces_easy {
    label: "CES Easy"
    description: "share of answers of 5 and more; does not add up over rows"
    type: number
    value_format_name: percent_1
    sql: sum(${TABLE}.easy) / nullif(sum(${TABLE}.responses), 0) ;;
    drill_fields: [detail*]
  }

  set: detail {
    fields: [period_date, segment, is_complete, responses, score_total, easy, ces, ces_easy]
  }
}
