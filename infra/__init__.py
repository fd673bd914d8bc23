"""What runs the platform: embedded on one machine, in containers, on Kubernetes."""
