"""Reports that are shared: what they tell, what they mask, and that no word from outside takes effect in one."""
