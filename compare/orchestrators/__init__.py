"""What only orchestrators are asked: their code, what a crash costs, and what is visible afterwards."""
