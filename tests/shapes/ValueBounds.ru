INSERT DATA { proposition:at-least-one cmq:valueHigh 9 }
