"""Pure: releases, recipes, detection, paths, plans. No I/O; the same answer for the same question."""
