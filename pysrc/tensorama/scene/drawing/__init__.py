"""What is drawn of a scene from where one is: how fine, on which texture, with which words."""
