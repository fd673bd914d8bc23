"""The platform in containers, on one machine: what Docker Compose starts."""
