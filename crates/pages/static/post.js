// Sends the form that carries an answer back to the application. Without scripts its button does.
"use strict";
document.getElementById("form-post").submit();
