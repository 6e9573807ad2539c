"""From commit to traffic: the whole pipeline, put together from the steps of the other rooms."""
