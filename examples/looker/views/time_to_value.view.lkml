# Written by lookml.sql from the metric view; change that and write it again.
view: time_to_value {
  sql_table_name: metrics.time_to_value ;;

  dimension_group: period {
    label: "Period"
    description: "first day of the period of the starts, key"
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

  measure: starts {
    label: "Starts"
    description: "who started"
    type: number
    value_format_name: decimal_0
    sql: sum(${TABLE}.starts) ;;
    drill_fields: [detail*]
  }

  measure: arrived {
    label: "Arrived"
    description: "who arrived by the last refresh"
    type: number
    value_format_name: decimal_0
    sql: sum(${TABLE}.arrived) ;;
    drill_fields: [detail*]
  }

  measure: median_time {
    label: "Median Time"
    description: "median time, Kaplan-Meier, in whole units; NULL if not reached"
    type: number
    value_format_name: decimal_0
    sql: CASE WHEN count(*) = 1 THEN max(${TABLE}.median_time) END ;;
    drill_fields: [detail*]
  }

  measure: p90_time {
    label: "P90 Time"
    description: "time that 90 in 100 need, Kaplan-Meier; NULL if not reached"
    type: number
    value_format_name: decimal_0
    sql: CASE WHEN count(*) = 1 THEN max(${TABLE}.p90_time) END ;;
    drill_fields: [detail*]
  }

  set: detail {
    fields: [period_date, segment, is_complete, starts, arrived, median_time, p90_time]
  }
}
