select * from {{ ref('events') }} where event = 'result_opened'
