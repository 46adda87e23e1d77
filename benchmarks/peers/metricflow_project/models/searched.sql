select * from {{ ref('events') }} where event = 'search_submitted'
