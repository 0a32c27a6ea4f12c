# Written by lookml.sql from the metric view; change that and write it again.
view: retention_month {
  sql_table_name: metrics.retention_month ;;

  dimension_group: period {
    label: "Period"
    description: "first day of the period, key"
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

  measure: opening_mrr {
    label: "Opening MRR"
    description: "MRR of all customers at opening: denominator of nrr and grr"
    type: number
    value_format_name: decimal_2
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.opening_mrr) END ;;
    drill_fields: [detail*]
  }

  measure: new_mrr {
    label: "New MRR"
    description: "closing MRR of customers never seen before"
    type: number
    value_format_name: decimal_2
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.new_mrr) END ;;
    drill_fields: [detail*]
  }

  measure: reactivation_mrr {
    label: "Reactivation MRR"
    description: "closing MRR of customers that were back"
    type: number
    value_format_name: decimal_2
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.reactivation_mrr) END ;;
    drill_fields: [detail*]
  }

  measure: expansion_mrr {
    label: "Expansion MRR"
    description: "what customers grew by"
    type: number
    value_format_name: decimal_2
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.expansion_mrr) END ;;
    drill_fields: [detail*]
  }

  measure: contraction_mrr {
    label: "Contraction MRR"
    description: "what customers that stayed shrank by"
    type: number
    value_format_name: decimal_2
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.contraction_mrr) END ;;
    drill_fields: [detail*]
  }

  measure: churned_mrr {
    label: "Churned MRR"
    description: "opening MRR of customers that left"
    type: number
    value_format_name: decimal_2
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.churned_mrr) END ;;
    drill_fields: [detail*]
  }

  measure: closing_mrr {
    label: "Closing MRR"
    description: "MRR of all customers at closing"
    type: number
    value_format_name: decimal_2
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.closing_mrr) END ;;
    drill_fields: [detail*]
  }

  measure: retained_mrr {
    label: "Retained MRR"
    description: "closing MRR of the customers of the opening: numerator of nrr"
    type: number
    value_format_name: decimal_2
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.retained_mrr) END ;;
    drill_fields: [detail*]
  }

  measure: gross_retained_mrr {
    label: "Gross Retained MRR"
    description: "the same with nobody above its opening: numerator of grr"
    type: number
    value_format_name: decimal_2
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.gross_retained_mrr) END ;;
    drill_fields: [detail*]
  }

  measure: nrr {
    label: "NRR"
    description: "net retention of the period; does not add up over rows"
    type: number
    value_format_name: percent_1
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.retained_mrr) / nullif(sum(${TABLE}.opening_mrr), 0) END ;;
    drill_fields: [detail*]
  }

  measure: grr {
    label: "GRR"
    description: "gross retention of the period; does not add up over rows"
    type: number
    value_format_name: percent_1
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.gross_retained_mrr) / nullif(sum(${TABLE}.opening_mrr), 0) END ;;
    drill_fields: [detail*]
  }

  measure: logo_retention {
    label: "Logo Retention"
    description: "share of the customers of the opening that stayed; does not add up over rows"
    type: number
    value_format_name: percent_1
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.retained_customers) / nullif(sum(${TABLE}.opening_customers), 0) END ;;
    drill_fields: [detail*]
  }

  measure: logo_retention_low {
    label: "Logo Retention Low"
    description: "95 % interval of logo_retention, NULL for too few customers"
    type: number
    value_format_name: decimal_2
    sql: CASE WHEN count(*) = 1 THEN max(${TABLE}.logo_retention_low) END ;;
    drill_fields: [detail*]
  }

  measure: logo_retention_high {
    label: "Logo Retention High"
    description: "95 % interval of logo_retention, NULL for too few customers"
    type: number
    value_format_name: decimal_2
    sql: CASE WHEN count(*) = 1 THEN max(${TABLE}.logo_retention_high) END ;;
    drill_fields: [detail*]
  }

  measure: opening_customers {
    label: "Opening Customers"
    description: "customers at opening"
    type: number
    value_format_name: decimal_0
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.opening_customers) END ;;
    drill_fields: [detail*]
  }

  measure: new_customers {
    label: "New Customers"
    description: "customers never seen before"
    type: number
    value_format_name: decimal_0
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.new_customers) END ;;
    drill_fields: [detail*]
  }

  measure: reactivation_customers {
    label: "Reactivation Customers"
    description: "customers that were back"
    type: number
    value_format_name: decimal_0
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.reactivation_customers) END ;;
    drill_fields: [detail*]
  }

  measure: expansion_customers {
    label: "Expansion Customers"
    description: "customers that grew"
    type: number
    value_format_name: decimal_0
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.expansion_customers) END ;;
    drill_fields: [detail*]
  }

  measure: contraction_customers {
    label: "Contraction Customers"
    description: "customers that shrank and stayed"
    type: number
    value_format_name: decimal_0
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.contraction_customers) END ;;
    drill_fields: [detail*]
  }

  measure: churned_customers {
    label: "Churned Customers"
    description: "customers that left"
    type: number
    value_format_name: decimal_0
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.churned_customers) END ;;
    drill_fields: [detail*]
  }

  measure: closing_customers {
    label: "Closing Customers"
    description: "customers at closing"
    type: number
    value_format_name: decimal_0
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.closing_customers) END ;;
    drill_fields: [detail*]
  }

  measure: retained_customers {
    label: "Retained Customers"
    description: "customers of the opening that stayed: numerator of logo_retention"
    type: number
    value_format_name: decimal_0
    sql: CASE WHEN count(DISTINCT ${TABLE}.period) = 1 THEN sum(${TABLE}.retained_customers) END ;;
    drill_fields: [detail*]
  }

  set: detail {
    fields: [period_date, segment, region, is_complete, opening_mrr, new_mrr, reactivation_mrr, expansion_mrr, contraction_mrr, churned_mrr, closing_mrr, retained_mrr, gross_retained_mrr, nrr, grr, logo_retention, logo_retention_low, logo_retention_high, opening_customers, new_customers, reactivation_customers, expansion_customers, contraction_customers, churned_customers, closing_customers, retained_customers]
  }
}
