"""Speed as ratios: two commands timed in turns in one run, since machines are shared and noisy."""
