"""What people see: views are pure, from facts to tables and text."""
