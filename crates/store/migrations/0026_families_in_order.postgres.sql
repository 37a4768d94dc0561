-- What is told in the feed lies in the order of its age already.
DROP INDEX change_by_age;
