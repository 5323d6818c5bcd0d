"""The steps of a run: begin, ask and grade, count, judge and show."""
