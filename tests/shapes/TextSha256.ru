DELETE DATA { report:copy cmq:textSha256 "3791e143b9ebbbc9472e8941a9b5b1e137a834dce341f9a3499c582cc6960bf3" }
