"""From raw immunoassay plate exports to statistics and figures: pure functions over data frames, in rooms."""
