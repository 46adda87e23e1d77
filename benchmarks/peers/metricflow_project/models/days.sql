select day::date as day
from generate_series(
    date '{{ env_var("BENCH_FIRST") }}', date '{{ env_var("BENCH_LAST") }}', interval 1 day
) as days(day)
