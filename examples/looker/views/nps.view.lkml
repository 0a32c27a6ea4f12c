# Written by lookml.sql from the metric view; change that and write it again.
view: nps {
  sql_table_name: metrics.nps ;;

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

  measure: promoters {
    label: "Promoters"
    description: "answers of 9 and 10"
    type: number
    value_format_name: decimal_0
    sql: sum(${TABLE}.promoters) ;;
    drill_fields: [detail*]
  }

  measure: passives {
    label: "Passives"
    description: "answers of 7 and 8"
    type: number
    value_format_name: decimal_0
    sql: sum(${TABLE}.passives) ;;
    drill_fields: [detail*]
  }

  measure: detractors {
    label: "Detractors"
    description: "answers of 0 to 6"
    type: number
    value_format_name: decimal_0
    sql: sum(${TABLE}.detractors) ;;
    drill_fields: [detail*]
  }

  measure: nps {
    label: "NPS"
    description: "100 (promoters - detractors) / responses; does not add up over rows"
    type: number
    value_format_name: decimal_1
    sql: 100 * (sum(${TABLE}.promoters) - sum(${TABLE}.detractors)) / nullif(sum(${TABLE}.responses), 0) ;;
    drill_fields: [detail*]
  }

  measure: nps_low {
    label: "NPS Low"
    description: "95 % interval of nps"
    type: number
    value_format_name: decimal_2
    sql: CASE WHEN count(*) = 1 THEN max(${TABLE}.nps_low) END ;;
    drill_fields: [detail*]
  }

  measure: nps_high {
    label: "NPS High"
    description: "95 % interval of nps"
    type: number
    value_format_name: decimal_2
    sql: CASE WHEN count(*) = 1 THEN max(${TABLE}.nps_high) END ;;
    drill_fields: [detail*]
  }

  set: detail {
    fields: [period_date, segment, region, is_complete, responses, promoters, passives, detractors, nps, nps_low, nps_high]
  }
}
