"""An application's secrets: where they are kept, how they are written for the program that reads them."""
