# Written by lookml.sql from the metric view; change that and write it again.
view: csat {
  sql_table_name: metrics.csat ;;

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

  dimension: region {
    label: "Region"
    description: "dimension, key; (none) where the source has NULL"
    type: string
    sql: ${TABLE}.region ;;
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

  measure: satisfied {
    label: "Satisfied"
    description: "answers of 4 and 5: numerator of csat"
    type: number
    value_format_name: decimal_0
    sql: sum(${TABLE}.satisfied) ;;
    drill_fields: [detail*]
  }

  measure: csat {
    label: "CSAT"
    description: "share of answers of 4 and 5; does not add up over rows"
    type: number
    value_format_name: percent_1
    sql: sum(${TABLE}.satisfied) / nullif(sum(${TABLE}.responses), 0) ;;
    drill_fields: [detail*]
  }

  set: detail {
    fields: [period_date, segment, region, is_complete, responses, satisfied, csat]
  }
}
