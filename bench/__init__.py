"""One runnable benchmark per area of promises; see design section 7."""
