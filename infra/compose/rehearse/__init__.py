"""A rehearsal of the whole stack in containers: from the images to nothing being left."""
