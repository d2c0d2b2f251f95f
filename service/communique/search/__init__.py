"""Words looked for by an index: a file beside the store from which a listed query's rows come faster than from the query."""
