# Customer metrics from metric views of ccx.  Name your own connection here.
connection: "warehouse"
label: "Customer metrics"

include: "/views/*.view.lkml"

# Results are kept until a metric view was refreshed; refreshed_at() needs SELECT on the view and nothing else.
datagroup: metric_views {
  sql_trigger: SELECT greatest(ccx.refreshed_at('metrics.retention_month'), ccx.refreshed_at('metrics.retention_quarter'), ccx.refreshed_at('metrics.retention_ttm'), ccx.refreshed_at('metrics.cohort_customers'), ccx.refreshed_at('metrics.cohort_revenue'), ccx.refreshed_at('metrics.nps'), ccx.refreshed_at('metrics.csat'), ccx.refreshed_at('metrics.ces'), ccx.refreshed_at('metrics.renewal'), ccx.refreshed_at('metrics.time_to_value'), ccx.refreshed_at('metrics.product_usage'), ccx.refreshed_at('metrics.health')) ;;
  max_cache_age: "24 hours"
}

persist_with: metric_views

# One explore for each grain: nothing is joined, so that no sum counts a row twice.
explore: retention_month {
  label: "Retention by month"
  description: "The MRR bridge, NRR, GRR and logo retention, month on month. For a quarter ask Retention by quarter."
}

explore: retention_quarter {
  label: "Retention by quarter"
  description: "The same, quarter on quarter."
}

explore: retention_ttm {
  label: "Retention of twelve months"
  description: "The same, each month against the month a year before."
}

explore: cohort_customers {
  label: "Cohorts by customers"
  description: "Of those who began in a quarter, how many are there in each quarter after it."
}

explore: cohort_revenue {
  label: "Cohorts by revenue"
  description: "Of what those who began in a quarter paid, what they pay in each quarter after it."
}

explore: nps {
  label: "NPS"
}

explore: csat {
  label: "Satisfaction after a ticket"
}

explore: ces {
  label: "Effort of onboarding"
}

explore: renewal {
  label: "Renewals by due date"
}

explore: time_to_value {
  label: "Time to value"
}

explore: product_usage {
  label: "Usage, month on month"
}

explore: health {
  label: "Health by segment"
}
