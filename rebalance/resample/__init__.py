"""From a table and a technique to a plan, and from a plan to the bytes of the outputs."""
